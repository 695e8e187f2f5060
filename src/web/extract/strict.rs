//! JSON in which a key stands once in each object: what one reader takes from the first and another from the last must not
//! decide who may do what (I-JSON, RFC 7493, section 2.3). And an object is an object: serde would take a list for one, whose
//! order nobody has promised.

use serde::{
    de::{
        DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
        value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Number, Value, map::Entry};
use std::fmt;

/// What is wrong with JSON, and where.
pub type Wrong = serde_path_to_error::Error<serde_json::Error>;

/// Reads the whole body. Bytes that are no UTF-8, and what is nested deeper than 128 levels, are refused.
pub fn parse(body: &[u8]) -> Result<Value, Wrong> {
    let (mut json, mut track) = (serde_json::Deserializer::from_slice(body), serde_path_to_error::Track::new());
    let read = Strict.deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track));
    match read.and_then(|value| json.end().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(error) => Err(Wrong::new(track.path(), error)),
    }
}

/// Reads what was parsed; a list is not taken for an object.
pub fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Wrong> {
    serde_path_to_error::deserialize(Exact(value))
}

/// A value whose type must be the one that is asked for.
struct Exact(Value);

impl<'de> IntoDeserializer<'de, serde_json::Error> for Exact {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Exact {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Exact));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(fields) => {
                let mut fields = MapDeserializer::new(fields.into_iter().map(|(key, value)| (key, Exact(value))));
                let value = visitor.visit_map(&mut fields)?;
                fields.end()?;
                Ok(value)
            }
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> serde_json::Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        match &self.0 {
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Other("a list"), &"an object")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        match self.0 {
            Value::Object(fields) if fields.len() == 1 => {
                let fields = fields.into_iter().map(|(key, value)| (key, Exact(value)));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(fields)))
            }
            Value::Object(_) => Err(Error::invalid_value(Unexpected::Map, &"an object with one of the keys")),
            plain => plain.deserialize_enum(name, variants, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct identifier ignored_any
    }
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is too large"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = vec![];
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            match object.entry(key) {
                Entry::Occupied(taken) => {
                    return Err(A::Error::custom(format!("the key {:?} stands twice", taken.key())));
                }
                Entry::Vacant(free) => free.insert(fields.next_value_seed(Strict)?),
            };
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, read};
    use proptest::prelude::*;

    #[test]
    fn a_key_that_stands_twice_is_refused_at_any_depth() {
        for twice in [r#"{"a":1,"a":1}"#, r#"{"x":[{"b":{},"b":{}}]}"#, r#"{"a":1,"\u0061":2}"#] {
            assert!(parse(twice.as_bytes()).unwrap_err().to_string().contains("twice"), "{twice}");
        }
        for broken in ["", "{} {}", "nan", "1e999", "\"\\ud800\"", &"[".repeat(200)] {
            assert!(parse(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "snake_case")]
    enum Kind {
        Plain,
        Of(Vec<One>),
        With { name: String },
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct One {
        id: i64,
        pair: Option<(u8, f64)>,
        kind: Option<Kind>,
        more: Option<std::collections::BTreeMap<String, One>>,
    }

    #[test]
    fn what_fits_is_read_as_ever_but_a_list_is_no_object() {
        for good in [
            r#"{"id":1}"#,
            r#"{"id":-1,"pair":[1,2],"kind":"plain"}"#,
            r#"{"id":1,"pair":null,"kind":{"with":{"name":"x"}}}"#,
            r#"{"id":1,"kind":{"of":[{"id":2}]},"more":{"a":{"id":3}}}"#,
        ] {
            assert_eq!(read::<One>(parse(good.as_bytes()).unwrap()).unwrap(), serde_json::from_str(good).unwrap());
        }
        for (bad, path) in [
            (r"[1,null,null,null]", "."),
            (r#"{"id":1,"kind":{"of":[[2,null,null,null]]}}"#, "kind.of[0]"),
            (r#"{"id":1,"kind":{"with":["x"]}}"#, "kind.with"),
            (r#"{"id":1,"kind":{"with":{"name":"x"},"of":[]}}"#, "kind"),
            (r#"{"id":1,"more":{"a":[3,null,null,null]}}"#, "more.a"),
            (r#"{"id":1,"pair":[1,2,3]}"#, "pair"),
            (r#"{"id":1,"pair":[256,2]}"#, "pair[0]"),
            (r#"{"id":99999999999999999999}"#, "id"),
        ] {
            let wrong = read::<One>(parse(bad.as_bytes()).unwrap()).unwrap_err();
            assert_eq!(wrong.path().to_string(), path, "{bad}: {wrong}");
        }
        assert_eq!(parse(br#"{"a":[0,{"b":1e999}]}"#).unwrap_err().path().to_string(), "a[1].b");
    }

    proptest! {
        /// What is not refused is read as serde_json reads it.
        #[test]
        fn all_else_is_read_as_ever(text in r#"(\{|\}|\[|\]|:|,|"[ab]"|1|-2\.5|true|null){0,12}"#) {
            if let Ok(value) = parse(text.as_bytes()) {
                prop_assert_eq!(value, serde_json::from_str::<serde_json::Value>(&text).unwrap());
            }
        }
    }
}

//! Text to [`Expression`], by recursive descent:
//!
//! ```text
//! or      = and { ("or" | "||") and }
//! and     = not { ("and" | "&&") not }
//! not     = ("not" | "!") not | "(" or ")" | compare
//! compare = operand ("==" | "!=" | "<" | "<=" | ">" | ">=" | "in") operand
//! operand = entity "." name { "." name } | text | number | true | false | null | "[" literals "]"
//! ```

use super::{DEPTH, ENTITIES, Expression, Operand, Operator};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Literal(Value),
    Symbol(&'static str),
}

/// The longer ones first.
const SYMBOLS: [&str; 15] = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ",", "="];

pub fn expression(text: &str) -> Result<Expression, String> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err("The condition is empty.".into());
    }
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let expression = parser.or()?;
    match parser.next() {
        None => Ok(expression),
        Some(token) => Err(format!("After a comparison comes “and” or “or”, not “{}”.", shown(&token))),
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(word) => word.clone(),
        Token::Literal(value) => value.to_string(),
        Token::Symbol(symbol) => (*symbol).to_owned(),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = vec![];
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        if first == '"' {
            let end = quoted(rest).ok_or("A text has no closing quotation mark (\").")?;
            let literal = rest.get(..end).unwrap_or_default();
            let value =
                serde_json::from_str(literal).map_err(|_| format!("{literal} is no text as JSON writes it."))?;
            tokens.push(Token::Literal(value));
            length = end;
        } else if first.is_ascii_digit() || first == '-' {
            length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
            let number = rest.get(..length).unwrap_or_default();
            let value: Value = serde_json::from_str(number).map_err(|_| format!("“{number}” is no number."))?;
            tokens.push(Token::Literal(value));
        } else if first.is_alphabetic() || first == '_' {
            length = rest.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).unwrap_or(rest.len());
            tokens.push(match rest.get(..length).unwrap_or_default() {
                "true" => Token::Literal(Value::Bool(true)),
                "false" => Token::Literal(Value::Bool(false)),
                "null" => Token::Literal(Value::Null),
                word => Token::Word(word.to_owned()),
            });
        } else {
            let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
            let symbol = symbol.ok_or_else(|| format!("“{first}” has no meaning here."))?;
            if symbol == "=" {
                return Err("Write == to compare, not =.".into());
            }
            tokens.push(Token::Symbol(symbol));
            length = symbol.len();
        }
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

/// Where the text that begins with a quotation mark ends, behind its last mark.
fn quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return Some(at + 1),
            '\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    None
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Takes the next token if it is one of these words or symbols.
    fn take(&mut self, wanted: &[&str]) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|token| match token {
            Token::Word(word) => wanted.contains(&word.as_str()),
            Token::Symbol(symbol) => wanted.contains(symbol),
            Token::Literal(_) => false,
        });
        self.at += usize::from(found);
        found
    }

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(format!("The condition is nested deeper than {DEPTH} levels."));
        }
        let done = f(self);
        self.depth -= 1;
        done
    }

    fn or(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.and()?];
        while self.take(&["or", "||"]) {
            parts.push(self.and()?);
        }
        Ok(alone_or(parts, Expression::Or))
    }

    fn and(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.not()?];
        while self.take(&["and", "&&"]) {
            parts.push(self.not()?);
        }
        Ok(alone_or(parts, Expression::And))
    }

    fn not(&mut self) -> Result<Expression, String> {
        if self.take(&["not", "!"]) {
            return Ok(Expression::Not(Box::new(self.deeper(Self::not)?)));
        }
        if self.take(&["("]) {
            let inner = self.deeper(Self::or)?;
            return if self.take(&[")"]) { Ok(inner) } else { Err("A “)” is missing.".into()) };
        }
        self.compare()
    }

    fn compare(&mut self) -> Result<Expression, String> {
        let left = self.operand()?;
        let operator = match self.next().as_ref().map(shown).as_deref() {
            Some("==") => Operator::Equal,
            Some("!=") => Operator::NotEqual,
            Some("in") => Operator::In,
            Some("<") => Operator::Less,
            Some("<=") => Operator::AtMost,
            Some(">") => Operator::Greater,
            Some(">=") => Operator::AtLeast,
            Some(other) => return Err(format!("Compare {left} with ==, !=, in, <, <=, > or >=; found “{other}”.")),
            None => return Err(format!("Compare {left} with something, such as {left} == true.")),
        };
        let right = self.operand()?;
        check(operator, &left, &right)?;
        Ok(Expression::Compare(left, operator, right))
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.next() {
            None => Err("The condition ends where a value should come.".into()),
            Some(Token::Literal(value)) => Ok(Operand::Literal(value)),
            Some(Token::Word(word)) => attribute(&word),
            Some(Token::Symbol("[")) => self.list(),
            Some(Token::Symbol(symbol)) => Err(format!("A value should stand where “{symbol}” does.")),
        }
    }

    fn list(&mut self) -> Result<Operand, String> {
        let mut items = vec![];
        if self.take(&["]"]) {
            return Ok(Operand::Literal(Value::Array(items)));
        }
        loop {
            match self.next() {
                Some(Token::Literal(value)) => items.push(value),
                _ => return Err("A list has texts, numbers, true, false and null, such as [\"a\", \"b\"].".into()),
            }
            if self.take(&["]"]) {
                return Ok(Operand::Literal(Value::Array(items)));
            }
            if !self.take(&[","]) {
                return Err("In a list a comma or “]” is missing.".into());
            }
        }
    }
}

fn alone_or(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => many(parts.into_iter().chain(last).collect()),
    }
}

fn attribute(word: &str) -> Result<Operand, String> {
    let path: Vec<String> = word.split('.').map(str::to_owned).collect();
    let entity = path.first().map(String::as_str).unwrap_or_default();
    if !ENTITIES.contains(&entity) {
        return Err(format!(
            "“{word}” is no attribute: they begin with one of {}, and texts stand in quotation marks.",
            ENTITIES.join(", ")
        ));
    }
    if path.len() < 2 || path.iter().any(String::is_empty) {
        return Err(format!("Name an attribute of {entity}, such as {entity}.status."));
    }
    Ok(Operand::Attribute(path))
}

/// Types, as far as they are known before a request.
fn check(operator: Operator, left: &Operand, right: &Operand) -> Result<(), String> {
    let list = |operand: &Operand| matches!(operand, Operand::Literal(Value::Array(_)));
    match operator {
        Operator::In => match right {
            Operand::Literal(value) if !value.is_array() => {
                Err(format!("After “in” comes a list, such as [\"a\", \"b\"], not {right}."))
            }
            _ if list(left) => Err("A list cannot be looked for in a list.".into()),
            _ => Ok(()),
        },
        Operator::Equal | Operator::NotEqual => {
            if list(left) || list(right) {
                Err("A list is asked with “in”.".into())
            } else {
                Ok(())
            }
        }
        _ => {
            let ordered = |operand: &Operand| match operand {
                Operand::Attribute(_) => true,
                Operand::Literal(value) => value.is_number() || value.is_string(),
            };
            if ordered(left) && ordered(right) {
                Ok(())
            } else {
                Err("Only numbers and texts have an order: < and > cannot compare the others.".into())
            }
        }
    }
}

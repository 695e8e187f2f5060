//! A resource with its operations: what the router takes them from, and the reference too.

use super::openapi::describe::{Answers, Draft, Inputs};
use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard,
    http::{Method, header},
    web,
};

/// An address with the methods that it takes.
pub struct Noun {
    pub path: &'static str,
    pub operations: Vec<Operation>,
}

/// One method of one address.
pub struct Operation {
    pub method: Method,
    pub summary: &'static str,
    /// What more there is to know, in Markdown.
    pub details: &'static str,
    pub parameters: Vec<Parameter>,
    /// Where its handler stands: no two operations have the same.
    pub handler: &'static str,
    pub describe: fn(&mut Draft<'_>),
    /// Strangers may do it, too.
    pub open: bool,
    route: Route,
}

/// What a handler takes from the query by a name that many share, and what it means here.
pub struct Parameter {
    pub name: &'static str,
    pub meaning: &'static str,
    /// Empty: any text.
    pub values: Vec<String>,
}

/// The resource at `path`.
pub fn noun<const N: usize>(path: &'static str, operations: [Operation; N]) -> Noun {
    Noun { path, operations: operations.into() }
}

impl Noun {
    /// For the router, below `prefix`, each operation within the same layers. `HEAD` is answered where `GET` is (RFC 9110, section 9.3.2), and
    /// `OPTIONS` everywhere; any other method gets 405 and the header `Allow`.
    pub fn resource(self, prefix: &str, layers: fn(Route) -> Route) -> Resource {
        let allow = self.allow();
        let address = format!("{prefix}{}", self.path);
        let resource = self
            .operations
            .into_iter()
            .fold(web::resource(address), |resource, operation| resource.route(layers(operation.route)));
        resource.default_service(web::to(move |method: Method| {
            let mut answer =
                if method == Method::OPTIONS { HttpResponse::NoContent() } else { HttpResponse::MethodNotAllowed() };
            let answer = answer.insert_header((header::ALLOW, allow.clone())).finish();
            async move { answer }
        }))
    }

    /// Whether strangers may do all of it.
    pub fn is_open(&self) -> bool {
        self.operations.iter().all(|operation| operation.open)
    }

    /// The methods that are taken.
    fn allow(&self) -> String {
        let own = self.operations.iter().map(|operation| operation.method.as_str());
        let head = self.operations.iter().any(|operation| operation.method == Method::GET).then_some("HEAD");
        own.chain(head).chain(["OPTIONS"]).collect::<Vec<_>>().join(", ")
    }
}

impl Operation {
    fn new<F, Args>(method: Method, handler: F, summary: &'static str) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + Inputs + 'static,
        F::Output: Responder + Answers + 'static,
    {
        let describe = |draft: &mut Draft<'_>| {
            Args::describe(draft);
            F::Output::describe(draft);
        };
        let taken = guard::Any(guard::Method(method.clone()));
        let taken = if method == Method::GET { taken.or(guard::Head()) } else { taken };
        Self {
            route: web::route().guard(taken).to(handler),
            method,
            summary,
            details: "",
            parameters: vec![],
            handler: std::any::type_name::<F>(),
            describe,
            open: false,
        }
    }

    /// Strangers may do it, too.
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// What more there is to know.
    pub fn details(mut self, details: &'static str) -> Self {
        self.details = details;
        self
    }

    /// That the list is searched by words, and where they are looked for.
    pub fn searched(self, meaning: &'static str) -> Self {
        self.narrowed("q", &[], meaning)
    }

    /// The columns by which the list can be sorted; `-` before one turns it round.
    pub fn sorted(mut self, columns: &[&str]) -> Self {
        let values = columns.iter().flat_map(|column| [(*column).to_owned(), format!("-{column}")]).collect();
        self.parameters.push(Parameter {
            name: "sort",
            meaning: "By what the list is sorted; `-`: the other way round.",
            values,
        });
        self
    }

    /// The values of `filter`.
    pub fn filtered(self, values: &[&str]) -> Self {
        self.narrowed("filter", values, "Only these.")
    }

    /// One parameter of the query.
    pub fn narrowed(mut self, name: &'static str, values: &[&str], meaning: &'static str) -> Self {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        self.parameters.push(Parameter { name, meaning, values });
        self
    }
}

macro_rules! methods {
    ($($name:ident $method:ident),+) => { $(
        #[doc = concat!("`", stringify!($method), "`, in a sentence.")]
        pub fn $name<F, Args>(handler: F, summary: &'static str) -> Operation
        where
            F: Handler<Args>,
            Args: FromRequest + Inputs + 'static,
            F::Output: Responder + Answers + 'static,
        {
            Operation::new(Method::$method, handler, summary)
        }
    )+ };
}

methods!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

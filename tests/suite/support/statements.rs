//! What this thread says to the database.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use std::{cell::RefCell, sync::Once};

thread_local! {
    static HEARD: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

fn ear() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            HEARD.with_borrow_mut(|heard| heard.iter_mut().for_each(|heard| heard.push(query.to_string())));
        }
    }))
}

/// From now on new connections can be listened to.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_default_instrumentation(ear).unwrap());
}

/// The statements that `f` runs in this thread, on connections that were made after [`listen`].
pub fn statements<T>(f: impl FnOnce() -> T) -> (T, Vec<String>) {
    HEARD.set(Some(vec![]));
    let done = f();
    (done, HEARD.take().unwrap_or_default())
}

//! Tells the statements that take long while a page is made.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use std::time::Instant;

/// What takes so long is told, in milliseconds.
const LONG: f64 = 3.0;

fn ear() -> Option<Box<dyn Instrumentation>> {
    let mut began = Instant::now();
    Some(Box::new(move |event: InstrumentationEvent<'_>| match event {
        InstrumentationEvent::StartQuery { .. } => began = Instant::now(),
        InstrumentationEvent::FinishQuery { query, .. } => {
            let took = began.elapsed().as_secs_f64() * 1e3;
            if took > LONG {
                println!("    {took:.1} ms: {query}");
            }
        }
        _ => {}
    }))
}

/// From now on, of new connections.
pub fn listen() {
    set_default_instrumentation(ear).unwrap();
}

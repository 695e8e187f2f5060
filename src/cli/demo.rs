//! `rolecall demo`.

use super::{serve, start};
use crate::config::Config;
use anyhow::Result;
use std::sync::Arc;

pub fn run(mut config: Config) -> Result<()> {
    start::log(&config);
    let listener = serve::listen(&mut config)?;
    let app = Arc::new(start::open(config, start::clock())?);
    serve::serve(app, listener)
}

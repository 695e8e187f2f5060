pub mod app; pub mod config; pub mod domain; pub mod schema; pub mod db; pub mod mail; pub mod web;

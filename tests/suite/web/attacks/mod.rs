//! What somebody does who means harm, or whose browser, mail program or clock does odd things.

mod clock;
mod guessing;
mod links;
mod names;
mod pages;

//! Over HTTP, as the three kinds of users see it.

mod api;
mod attacks;
mod enumeration;
mod pages;

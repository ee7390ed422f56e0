mod matches;
mod parser;
mod refusals;

mod parser;
mod refusals;

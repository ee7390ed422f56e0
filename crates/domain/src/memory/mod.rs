//! Every store port in process, for development, tests and embedding. Nothing outlives the process.

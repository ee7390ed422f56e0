//! Black-box tests of the running server.

//! What the server stands on.

/// The two ways to run the server that are promised to behave alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stack {
    /// A SQLite file and the cache in process.
    Sqlite,
    /// PostgreSQL and Redis.
    PostgresRedis,
}

/// Makes two tests of each `async fn(Stack)`: one in the module `sqlite`, one in `postgres_redis`.
#[macro_export]
macro_rules! on_both_stacks {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                Box::pin(super::$name($crate::Stack::Sqlite)).await;
            })+
        }
        mod postgres_redis {
            $(#[tokio::test]
            async fn $name() {
                Box::pin(super::$name($crate::Stack::PostgresRedis)).await;
            })+
        }
    };
}

//! Which code is a library's. Data only.

/// Parts of a path that lead to code the application did not write. Compared with forward slashes.
const LIBRARY_PATHS: &[&str] = &[
    // JavaScript
    "node_modules/", "node:", "/.pnpm/", "/.yarn/", "webpack/bootstrap", "webpack/runtime",
    "bower_components/", "chrome-extension:", "moz-extension:", "safari-extension:",
    "safari-web-extension:", "extensions::", "cdn.jsdelivr.net/", "unpkg.com/", "cdnjs.cloudflare.com/",
    "googletagmanager.com/", "google-analytics.com/", "<anonymous>", "native code", "internal/",
    "deno:", "ext:", "bun:",
    // Python
    "site-packages/", "dist-packages/", "/lib/python2.", "/lib/python3.", "/lib64/python3.", "<frozen ",
    "<string>", "<stdin>", "<__array_function__", "/Python3", "/lib/python3/", "/pypy3",
    // Ruby
    "/gems/", "/rubygems/", "/ruby/gems/", "/lib/ruby/", "<internal:", "/bundler/", "(eval",
    // PHP
    "/vendor/", "phar://", "/pear/",
    // Perl
    "/perl5/", "/share/perl", "/lib/perl", "/site_perl/", "/vendor_perl/", "/perl/lib/", "/perl/site/",
    // Go
    "/pkg/mod/", "/libexec/src/", "/usr/local/go/src/", "/usr/lib/go", "/go/src/runtime/",
    "/hostedtoolcache/go/", "/golang.org/toolchain",
    // Rust
    "/rustc/", "/registry/src/", "/git/checkouts/", "/rustlib/", "/.rustup/",
    // C and C++
    "/usr/include/", "/usr/lib/", "/usr/lib64/", "/lib/x86_64-linux-gnu/", "/lib/aarch64-linux-gnu/",
    "/lib64/", "/lib/ld-", "sysdeps/", "../csu/", "libsanitizer/", "compiler-rt/", "libstdc++",
    "/bits/", "/glibc", "/nptl/", "ntdll", "KERNEL32", "kernel32", "ucrtbase", "/System/Library/",
    "libsystem_", "libdyld", "/musl/", "minkernel/", "vctools/", "/v1/__functional/",
    // Dart, Elixir
    "dart:", "package:flutter/", "/elixir/lib/", "/otp/lib/", "/erlang/lib/", "deps/", ".pub-cache/",
];

/// Bundles that hold libraries, by the first part of their names.
const LIBRARY_BUNDLES: &[&str] = &[
    "vendor", "vendors", "chunk-vendors", "polyfill", "polyfills", "runtime", "framework", "react",
    "react-dom", "vue", "angular", "jquery", "zone", "lodash", "webpack", "libs", "dll",
];

/// Namespaces of libraries and frameworks, by how a qualified name starts.
pub(in super::super) const JAVA: &[&str] = &[
    "java.", "javax.", "jdk.", "sun.", "com.sun.", "jakarta.", "kotlin.", "kotlinx.", "scala.",
    "groovy.", "clojure.", "org.codehaus.", "android.", "androidx.", "com.android.", "dalvik.",
    "org.springframework.", "org.apache.", "org.eclipse.", "org.hibernate.", "org.jboss.",
    "org.wildfly.", "org.glassfish.", "org.junit.", "junit.", "org.mockito.", "org.postgresql.",
    "org.h2.", "org.mariadb.", "org.slf4j.", "org.jetbrains.", "org.scala", "org.aopalliance.",
    "org.elasticsearch.", "org.mongodb.", "com.mongodb.", "org.redisson.", "org.quartz.",
    "org.thymeleaf.", "org.gradle.", "org.jooq.", "org.flywaydb.", "org.aspectj.", "org.http4s.",
    "com.google.", "com.fasterxml.", "com.zaxxer.", "com.mysql.", "com.microsoft.", "com.amazonaws.",
    "com.ibm.", "com.oracle.", "com.netflix.", "com.squareup.", "com.mchange.", "com.intellij.",
    "com.facebook.", "com.datastax.", "com.lambdaworks.", "com.rabbitmq.", "com.hazelcast.",
    "com.twitter.", "com.typesafe.", "com.vaadin.", "com.thoughtworks.", "com.github.",
    "software.amazon.", "oracle.", "io.netty.", "io.grpc.", "io.vertx.", "io.quarkus.",
    "io.micronaut.", "io.undertow.", "io.reactivex.", "io.projectreactor.", "io.lettuce.",
    "io.micrometer.", "io.opentelemetry.", "io.helidon.", "io.ktor.", "io.jsonwebtoken.", "io.smallrye.",
    "io.swagger.", "io.dropwizard.", "io.sentry.", "reactor.", "rx.", "akka.", "play.", "cats.", "zio.",
    "okhttp3.", "okio.", "retrofit2.", "redis.clients.", "freemarker.", "net.bytebuddy.", "net.sf.",
    "ch.qos.", "brave.", "feign.", "weblogic.", "zipkin2.", "lombok.", "worker.org.gradle.",
    "$Proxy", "com.sun.proxy.", "jdk.proxy",
];

/// Namespaces of .NET libraries.
pub(in super::super) const DOTNET: &[&str] = &[
    "System.", "Microsoft.", "Mono.", "MS.", "Internal.", "Interop.", "Windows.", "Npgsql.",
    "Newtonsoft.", "MySql.", "MySqlConnector.", "Dapper.", "Serilog.", "NLog.", "AutoMapper.",
    "MediatR.", "Polly.", "Castle.", "StackExchange.", "Hangfire.", "Quartz.", "RabbitMQ.",
    "MassTransit.", "Grpc.", "Google.", "Amazon.", "Azure.", "MongoDB.", "NHibernate.", "Autofac.",
    "FluentValidation.", "Swashbuckle.", "Xunit.", "NUnit.", "Moq.", "RestSharp.", "Nancy.", "Owin.",
    "Orleans.", "Xamarin.", "Avalonia.", "UnityEngine.", "UnityEditor.", "(wrapper ", "Sentry.",
    "lambda_method", "DynamicClass.",
];

/// First parts of the import paths in Go's standard library.
pub(in super::super) const GO_STANDARD: &[&str] = &[
    "archive", "bufio", "bytes", "cmp", "compress", "container", "context", "crypto", "database",
    "debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image",
    "index", "internal", "io", "iter", "log", "maps", "math", "mime", "net", "os", "path", "plugin",
    "reflect", "regexp", "runtime", "slices", "sort", "strconv", "strings", "structs", "sync",
    "syscall", "testing", "text", "time", "unicode", "unique", "unsafe", "vendor",
];

/// Import paths of Go libraries that are often vendored without a trace in the file's path.
pub(in super::super) const GO_LIBRARIES: &[&str] = &[
    "golang.org/", "google.golang.org/", "gopkg.in/", "go.uber.org/", "go.opentelemetry.io/",
    "github.com/gin-gonic/", "github.com/labstack/echo", "github.com/gorilla/", "github.com/go-chi/",
    "github.com/gofiber/", "github.com/valyala/", "github.com/stretchr/", "github.com/spf13/",
    "github.com/sirupsen/", "github.com/jackc/", "github.com/lib/pq", "github.com/redis/",
    "github.com/grpc-ecosystem/", "github.com/aws/", "github.com/prometheus/", "k8s.io/", "gorm.io/",
    "github.com/getsentry/", "entgo.io/", "github.com/urfave/",
];

/// Crates that a Rust application did not write, and what compilers and linkers put around it.
pub(in super::super) const RUST_CRATES: &[&str] = &[
    "std", "core", "alloc", "proc_macro", "test", "backtrace", "rustc", "tokio", "tokio_util",
    "futures", "futures_util", "futures_core", "async_std", "smol", "hyper", "hyper_util", "tower",
    "tower_http", "tower_service", "axum", "axum_core", "actix_web", "actix_http", "actix_rt",
    "actix_server", "actix_service", "rocket", "warp", "tonic", "reqwest", "rayon", "rayon_core",
    "crossbeam", "serde", "serde_json", "serde_core", "anyhow", "eyre", "color_eyre", "thiserror",
    "tracing", "tracing_core", "tracing_subscriber", "log", "diesel", "sqlx", "sqlx_core", "sea_orm",
    "clap", "clap_builder", "bytes", "h2", "http", "mio", "parking_lot", "once_cell", "regex",
    "chrono", "time", "uuid", "bevy_ecs", "bevy_app", "tauri", "wasm_bindgen", "js_sys", "sentry",
    "hashbrown", "indexmap", "itertools", "smallvec", "pin_project_lite", "addr2line", "gimli",
];

/// Modules of Elixir's and Erlang's libraries.
pub(in super::super) const ELIXIR: &[&str] = &[
    "elixir", "stdlib", "kernel", "erts", "phoenix", "phoenix_live_view", "phoenix_html", "plug",
    "plug_cowboy", "ecto", "ecto_sql", "cowboy", "cowlib", "ranch", "bandit", "thousand_island",
    "postgrex", "db_connection", "telemetry", "jason", "oban", "absinthe", "mix", "ex_unit", "iex",
    "logger", "broadway", "gen_stage", "tesla", "hackney", "finch", "mint", "redix",
];

/// Namespaces of C and C++ libraries.
pub(in super::super) const NATIVE: &[&str] = &[
    "std::", "__gnu_cxx::", "__gnu_debug::", "__cxxabiv1::", "__asan", "__interceptor", "__sanitizer",
    "__ubsan", "__tsan", "__msan", "__lsan", "boost::", "absl::", "google::", "folly::", "fmt::",
    "testing::", "QCoreApplication::", "QApplication::", "QEventLoop::", "QMetaObject::", "QObject::",
    "QThread", "QtPrivate::", "g_main_", "gtk_", "g_signal_", "uv_", "uv__", "v8::", "node::",
    "operator new", "operator delete", "__invoke", "_M_invoke", "_M_run", "__libc_", "_IO_", "__GI_",
    "asan_", "__rust", "__ubsan", "__stack_chk", "__fortify",
];

/// Functions of C's run time and of entry points, which are under every stack.
pub(in super::super) const NATIVE_FUNCTIONS: &[&str] = &[
    "_start", "main", "WinMain", "wWinMain", "wmain", "start", "start_thread", "thread_start", "clone",
    "clone3", "abort", "raise", "gsignal", "pthread_kill", "execute_native_thread_routine",
    "RtlUserThreadStart", "BaseThreadInitThunk", "invoke_main", "malloc", "free", "calloc", "realloc",
    "memcpy", "memmove", "memset", "strlen", "strcmp", "strcpy", "memcmp", "_pthread_start",
    "_dispatch_client_callout", "_dispatch_call_block_and_release", "__assert_fail",
    "__assert_fail_base", "dlopen", "??", "_M_thread", "operator()", "_sigtramp", "__pthread_kill",
];

/// Whether the path leads to a library.
pub(in super::super) fn is_library_path(path: &str) -> bool {
    if path.contains('\\') {
        let path = path.replace('\\', "/");
        return LIBRARY_PATHS.iter().any(|part| path.contains(part));
    }
    LIBRARY_PATHS.iter().any(|part| path.contains(part))
}

/// Whether the bundle of this name holds libraries.
pub(in super::super) fn is_library_bundle(name: &str) -> bool {
    LIBRARY_BUNDLES.iter().any(|bundle| {
        name.strip_prefix(bundle)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.', '~', '_']))
    })
}

/// Whether the qualified name starts as one of the table's entries.
pub(in super::super) fn starts_among(table: &[&str], name: &str) -> bool {
    table.iter().any(|start| name.starts_with(start))
}

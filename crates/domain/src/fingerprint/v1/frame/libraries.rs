//! Tables of libraries and frameworks: paths, namespaces, bundles and functions. Data only.

/// Parts of a path that lead to code of libraries. Compared with forward slashes.
#[rustfmt::skip]
pub(super) const LIBRARY_PATHS: &[&str] = &[
    // JavaScript
    "node_modules/", "/.pnpm/", "/.yarn/", "bower_components/", "chrome-extension:", "moz-extension:",
    "safari-extension:", "safari-web-extension:", "extensions::", "cdn.jsdelivr.net/", "unpkg.com/",
    "cdnjs.cloudflare.com/", "googletagmanager.com/", "google-analytics.com/",
    // Python
    "site-packages/", "dist-packages/", "<string>", "<stdin>",
    // Ruby
    "/gems/", "/bundler/", "(eval",
    // Julia
    "/.julia/packages/",
    // PHP
    "/vendor/", "phar://", "/pear/",
    // Perl
    "/perl5/", "/share/perl", "/lib/perl", "/site_perl/", "/vendor_perl/", "/perl/lib/", "/perl/site/",
    // Go
    "/pkg/mod/",
    // Rust
    "/registry/src/", "/git/checkouts/",
    // C and C++
    "/usr/include/", "/usr/lib/x86_64-linux-gnu/", "/usr/lib/aarch64-linux-gnu/", "/usr/lib/lib", "/usr/lib64/lib",
    "/lib/x86_64-linux-gnu/", "/lib/aarch64-linux-gnu/", "/lib64/lib", "/System/Library/",
    // Dart
    "package:flutter/", ".pub-cache/",
];

/// Parts of a path that lead to a language's run time or standard library. Compared with forward slashes.
#[rustfmt::skip]
pub(super) const RUNTIME_PATHS: &[&str] = &[
    // JavaScript
    "node:", "webpack/bootstrap", "webpack/runtime", "<anonymous>", "native code", "regeneratorRuntime.js",
    "asyncToGenerator.js",
    // Python
    "/lib/python2.", "/lib/python3.", "/lib64/python3.", "/lib/python3/", "/pypy3", "/Python3", "conda3/lib/",
    "conda3/Lib/", "<frozen ",
    "<__array_function__",
    // Ruby
    "/lib/ruby/", "/rubygems/", "<internal:",
    // Go
    "/libexec/src/", "/usr/local/go/src/", "/usr/lib/go", "/go/src/runtime/", "/hostedtoolcache/go/",
    "/golang.org/toolchain", "/Program Files/Go/src/",
    // Rust
    "/rustc/", "/rustlib/", "/.rustup/", "src/libcore/", "src/liballoc/", "src/libstd/",
    // C and C++
    "/usr/lib/", "/usr/lib64/", "/lib64/", "/lib/ld-", "sysdeps/", "../csu/", "libsanitizer/", "compiler-rt/",
    "libstdc++", "/bits/", "/glibc", "/nptl/", "ntdll", "KERNEL32", "kernel32", "ucrtbase", "libsystem_", "libdyld",
    "/musl/", "minkernel/", "vctools/", "/v1/__functional/",
    // Dart, Elixir
    "dart:", "/elixir/lib/", "/otp/lib/", "/erlang/lib/",
    // Haskell, Nim, Zig, Crystal
    "libraries/base/", "libraries/ghc-", "/toolchains/nim-", "/nim/lib/", "/zig/std/", "/zig/lib/", "/crystal/src/",
    // Apple
    ".dylib", "libswift",
];

/// Bundles that hold libraries, by the first part of their names.
#[rustfmt::skip]
pub(super) const LIBRARY_BUNDLES: &[&str] = &[
    "vendor", "vendors", "chunk-vendors", "polyfill", "polyfills", "runtime", "framework", "react",
    "react-dom", "vue", "angular", "jquery", "zone", "lodash", "webpack", "libs", "dll",
];

/// Namespaces of libraries and frameworks, by how a qualified name starts.
#[rustfmt::skip]
pub(in super::super) const JAVA: &[&str] = &[
    "$Proxy", "akka.", "android.", "androidx.", "brave.", "cats.", "ch.qos.", "com.amazonaws.", "com.android.",
    "com.badlogic.", "com.bumptech.", "com.datastax.", "com.facebook.", "com.fasterxml.", "com.github.",
    "com.google.", "com.hazelcast.", "com.ibm.", "com.intellij.", "com.lambdaworks.", "com.mchange.",
    "com.microsoft.", "com.mojang.", "com.mongodb.", "com.mysql.", "com.netflix.", "com.oracle.",
    "com.rabbitmq.", "com.squareup.", "com.thoughtworks.", "com.twitter.", "com.typesafe.", "com.unity3d.",
    "com.vaadin.", "com.zaxxer.", "cpw.mods.", "dagger.", "feign.", "freemarker.", "groovyjarjar", "hudson.",
    "io.dropwizard.", "io.flutter.", "io.grpc.", "io.helidon.", "io.jsonwebtoken.", "io.ktor.", "io.lettuce.",
    "io.micrometer.", "io.micronaut.", "io.netty.", "io.opentelemetry.", "io.projectreactor.", "io.quarkus.",
    "io.reactivex.", "io.realm.", "io.sentry.", "io.smallrye.", "io.swagger.", "io.undertow.", "io.vertx.",
    "jakarta.", "jenkins.model.", "junit.", "lombok.", "net.bytebuddy.", "net.fabricmc.", "net.minecraft.",
    "net.minecraftforge.", "net.sf.", "okhttp3.", "okio.", "oracle.", "org.aopalliance.", "org.apache.",
    "org.aspectj.", "org.bukkit.", "org.codehaus.", "org.eclipse.", "org.elasticsearch.", "org.flywaydb.",
    "org.glassfish.", "org.gradle.", "org.h2.", "org.hibernate.", "org.http4s.", "org.jboss.", "org.jetbrains.",
    "org.jooq.", "org.junit.", "org.kohsuke.", "org.mariadb.", "org.mockito.", "org.mongodb.",
    "org.postgresql.", "org.quartz.", "org.redisson.", "org.scala", "org.slf4j.", "org.springframework.",
    "org.thymeleaf.", "org.wildfly.", "play.", "reactor.", "redis.clients.", "retrofit2.", "rx.",
    "software.amazon.", "weblogic.", "worker.org.gradle.", "zio.", "zipkin2.",
];

/// Namespaces of the Java platform, of languages on it, and of their standard libraries.
#[rustfmt::skip]
pub(in super::super) const JAVA_RUNTIME: &[&str] = &[
    "clojure.", "com.sun.", "dalvik.", "groovy.", "java.", "javax.", "jdk.", "kotlin.", "kotlinx.", "scala.", "sun.",
];

/// Namespaces of .NET libraries, and of the frameworks for windows and web sites that come with .NET.
#[rustfmt::skip]
pub(in super::super) const DOTNET: &[&str] = &[
    "(wrapper ", "Amazon.", "AutoMapper.", "Autofac.", "Avalonia.", "Azure.", "Castle.", "Dapper.",
    "FluentValidation.", "Google.", "Grpc.", "Hangfire.", "Interop.", "MS.", "MassTransit.", "MediatR.",
    "Microsoft.", "MongoDB.", "Mono.", "Moq.", "MySql.", "MySqlConnector.", "NHibernate.", "NLog.", "NUnit.",
    "Nancy.", "Newtonsoft.", "Npgsql.", "Orleans.", "Owin.", "Polly.", "Quartz.", "RabbitMQ.", "RestSharp.",
    "Sentry.", "Serilog.", "StackExchange.", "Standard.", "Swashbuckle.", "System.Web.", "System.Windows.",
    "UnityEditor.", "UnityEngine.", "Windows.", "Xamarin.", "Xunit.",
];

/// Namespaces of .NET itself.
#[rustfmt::skip]
pub(in super::super) const DOTNET_RUNTIME: &[&str] = &["DynamicClass.", "Internal.", "System.", "lambda_method"];

/// Namespaces of PHP's frameworks and libraries.
#[rustfmt::skip]
pub(in super::super) const PHP: &[&str] = &[
    "Cake\\", "Composer\\", "Doctrine\\", "GuzzleHttp\\", "Illuminate\\", "Laminas\\", "Laravel\\", "Livewire\\", "Monolog\\",
    "PHPUnit\\", "Slim\\", "Symfony\\", "Twig\\", "yii\\",
];

/// First parts of the import paths in Go's standard library.
#[rustfmt::skip]
pub(in super::super) const GO_STANDARD: &[&str] = &[
    "archive", "bufio", "bytes", "cmp", "compress", "container", "context", "crypto", "database",
    "debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image",
    "index", "internal", "io", "iter", "log", "maps", "math", "mime", "net", "os", "path",
    "plugin", "reflect", "regexp", "runtime", "slices", "sort", "strconv", "strings", "structs",
    "sync", "syscall", "testing", "text", "time", "unicode", "unique", "unsafe", "vendor",
];

/// Import paths of Go libraries that are often vendored without a trace in the file's path.
#[rustfmt::skip]
pub(in super::super) const GO_LIBRARIES: &[&str] = &[
    "entgo.io/", "github.com/aws/", "github.com/getsentry/", "github.com/gin-gonic/",
    "github.com/go-chi/", "github.com/gofiber/", "github.com/gorilla/",
    "github.com/grpc-ecosystem/", "github.com/jackc/", "github.com/labstack/echo",
    "github.com/lib/pq", "github.com/prometheus/", "github.com/redis/", "github.com/sirupsen/",
    "github.com/spf13/", "github.com/stretchr/", "github.com/urfave/", "github.com/valyala/",
    "go.opentelemetry.io/", "go.uber.org/", "golang.org/", "google.golang.org/", "gopkg.in/",
    "gorm.io/", "k8s.io/",
];

/// Crates that a Rust application did not write, and what compilers and linkers put around it.
#[rustfmt::skip]
pub(in super::super) const RUST_CRATES: &[&str] = &[
    "backtrace", "tokio", "tokio_util",
    "futures", "futures_util", "futures_core", "async_std", "smol", "hyper", "hyper_util", "tower",
    "tower_http", "tower_service", "axum", "axum_core", "actix_web", "actix_http", "actix_rt",
    "actix_server", "actix_service", "rocket", "warp", "tonic", "reqwest", "rayon", "rayon_core",
    "crossbeam", "serde", "serde_json", "serde_core", "anyhow", "eyre", "color_eyre", "thiserror",
    "tracing", "tracing_core", "tracing_subscriber", "log", "diesel", "sqlx", "sqlx_core",
    "sea_orm", "clap", "clap_builder", "bytes", "h2", "http", "mio", "parking_lot", "once_cell",
    "regex", "chrono", "time", "uuid", "bevy_ecs", "bevy_app", "tauri", "wasm_bindgen", "js_sys",
    "sentry", "hashbrown", "indexmap", "itertools", "smallvec", "pin_project_lite", "addr2line",
    "gimli",
];

/// Crates of Rust's standard library.
#[rustfmt::skip]
pub(in super::super) const RUST_RUNTIME: &[&str] = &["alloc", "core", "proc_macro", "rustc", "std", "test"];

/// Applications of Elixir's and Erlang's libraries.
#[rustfmt::skip]
pub(in super::super) const ELIXIR: &[&str] = &[
    "phoenix", "phoenix_live_view", "phoenix_html", "plug",
    "plug_cowboy", "ecto", "ecto_sql", "cowboy", "cowlib", "ranch", "bandit", "thousand_island",
    "postgrex", "db_connection", "telemetry", "jason", "oban", "absinthe",
    "broadway", "gen_stage", "tesla", "hackney", "finch", "mint", "redix",
];

/// Applications of Elixir and Erlang themselves.
#[rustfmt::skip]
pub(in super::super) const ELIXIR_RUNTIME: &[&str] = &[
    "elixir", "erts", "ex_unit", "iex", "kernel", "logger", "mix", "stdlib",
];

/// Namespaces of C and C++ libraries.
#[rustfmt::skip]
pub(in super::super) const NATIVE: &[&str] = &[
    "QApplication::", "QCoreApplication::", "QEventLoop::", "QMetaObject::", "QObject::",
    "QThread", "QtPrivate::", "_IO_", "_M_invoke", "_M_run", "__GI_", "__asan", "__cxxabiv1::",
    "__fortify", "__gnu_cxx::", "__gnu_debug::", "__interceptor", "__invoke", "__libc_", "__lsan",
    "__msan", "__rust", "__sanitizer", "__stack_chk", "__tsan", "__ubsan", "absl::", "asan_",
    "boost::", "fmt::", "folly::", "g_main_", "g_signal_", "google::", "gtk_", "node::",
    "operator delete", "operator new", "std::", "testing::", "uv_", "v8::",
];

/// Functions of C's run time and of entry points, which are under every stack.
#[rustfmt::skip]
pub(in super::super) const NATIVE_FUNCTIONS: &[&str] = &[
    "_start", "main", "WinMain", "wWinMain", "wmain", "start", "start_thread", "thread_start",
    "clone", "clone3", "abort", "raise", "gsignal", "pthread_kill",
    "execute_native_thread_routine", "RtlUserThreadStart", "BaseThreadInitThunk", "invoke_main",
    "malloc", "free", "calloc", "realloc", "memcpy", "memmove", "memset", "strlen", "strcmp",
    "strcpy", "memcmp", "_pthread_start", "_dispatch_client_callout",
    "_dispatch_call_block_and_release", "__assert_fail", "__assert_fail_base", "dlopen", "??",
    "_M_thread", "operator()", "_sigtramp", "__pthread_kill",
    // What raises an exception on Apple's systems.
    "+[NSException raise:format:]", "-[NSException raise]", "-[NSObject(NSObject) doesNotRecognizeSelector:]",
    "_CF_forwarding_prep_0", "___forwarding___", "__exceptionPreprocess", "objc_exception_throw",
];

/// Images in Apple's crash reports that hold no application's code.
#[rustfmt::skip]
pub(in super::super) const APPLE_IMAGES: &[&str] = &[
    "AppKit", "CFNetwork", "CoreData", "CoreFoundation", "CoreGraphics", "Foundation", "GraphicsServices",
    "HIToolbox", "Metal", "QuartzCore", "Security", "SwiftUI", "UIKit", "UIKitCore", "WebKit", "dyld",
];

//! Services, hosts, answers, uptime; and the state of the installation in a word.

use super::page::Page;
use super::visitor::Visitor;
use crate::api::monitoring::view::{millis, name_of, words};
use crate::api::monitoring::{TIMEFRAMES, messages};
use crate::http::error::ApiResult;
use crate::http::query::Query;
use actix_web::web::Data;
use faultbook_domain::identity::Permission;
use faultbook_domain::monitoring::{MessageState, Monitoring, Performance, Service, ServiceState};
use faultbook_domain::notifications::Integrations;
use faultbook_web::Number;
use faultbook_web::monitoring::{
    FigureShown, Health, MonitoringPage, ServiceShown, StatusPage, UptimeShown,
};
use faultbook_web::shell::Section;

fn of_messages(messages: &MessageState) -> ServiceShown {
    ServiceShown {
        name: name_of(Service::Notifications).to_owned(),
        health: match messages.healthy {
            None => Health::Unknown,
            Some(true) => Health::Good,
            Some(false) => Health::Bad,
        },
        hint: String::new(),
        uptime: messages.healthy.map(|_| messages.uptime_percent),
        response: messages.healthy.map(|_| millis(messages.response)),
        days: Vec::new(),
    }
}

fn of_service(state: &ServiceState) -> ServiceShown {
    let answer = state.answer.as_ref();
    let figures = answer.map(|answer| answer.figures.iter());
    let told = figures.into_iter().flatten().take(2);
    let told: Vec<String> = told
        .map(|(name, value)| format!("{} {}", Number(*value), name.replace('_', " ")))
        .collect();
    ServiceShown {
        name: name_of(state.service).to_owned(),
        health: match answer {
            None => Health::Unknown,
            Some(answer) if answer.healthy => Health::Good,
            Some(_) => Health::Bad,
        },
        hint: told.join(", "),
        uptime: state.uptime_percent,
        response: answer.map(|answer| millis(answer.response)),
        days: Vec::new(),
    }
}

fn figure(name: &'static str, now: String, more: impl Into<String>) -> FigureShown {
    FigureShown {
        name,
        now,
        more: more.into(),
        values: Vec::new(),
        top: None,
        is_hot: false,
    }
}

fn of_answers(performance: &Performance) -> Vec<FigureShown> {
    let traffic = &performance.traffic;
    let quantile = |share| {
        let time = traffic.histogram.quantile(share);
        time.map_or_else(
            || "none".to_owned(),
            |time| format!("{:.0} ms", millis(time)),
        )
    };
    let each = traffic.requests.max(1) as f64;
    let failed = traffic.server_errors as f64 * 100.0 / each;
    let a_minute = traffic.requests as f64 / performance.minutes;
    vec![
        figure(
            "Requests",
            Number(a_minute.round() as i64).to_string(),
            "a minute, last hour",
        ),
        figure(
            "Answer time, p95",
            quantile(0.95),
            format!("p50 {}, p99 {}", quantile(0.5), quantile(0.99)),
        ),
        figure(
            "Failed requests",
            format!("{failed:.2} %"),
            "of the last hour",
        ),
    ]
}

/// Shows services, hosts, answers and uptime.
///
/// # Errors
/// 403 for those who may not read monitoring, 400 for an unknown timeframe.
pub async fn show(
    visitor: Visitor,
    query: Query,
    monitoring: Data<Monitoring>,
    integrations: Data<Integrations>,
) -> ApiResult<Page<MonitoringPage>> {
    visitor.require(Permission::MonitoringRead)?;
    let expected = "must be one of 1h, 6h, 24h, 7d, 30d";
    let range = query.parsed("range", expected, |text| {
        TIMEFRAMES.iter().find(|(name, _)| *name == text).copied()
    })?;
    let (range, span) = range.unwrap_or(TIMEFRAMES[2]);
    let messages = messages(&monitoring, &integrations, visitor.tenant_scope()).await;
    let services = monitoring.services().await.into_iter();
    let services = services.map(|state| match state.service {
        Service::Notifications => of_messages(&messages),
        _ => of_service(&state),
    });
    let means = monitoring.means(span).await?;
    let mean = format!("mean of {range}");
    let mut figures = vec![
        figure(
            "Processor",
            format!("{:.0} %", means.host.cpu_percent),
            mean.clone(),
        ),
        figure(
            "Memory",
            format!("{:.0} %", means.host.memory_percent),
            mean.clone(),
        ),
        figure("Disk", format!("{:.0} %", means.host.disk_percent), mean),
    ];
    if visitor.require(Permission::AnalyticsRead).is_ok() {
        figures.extend(of_answers(&monitoring.performance().await?));
    }
    let uptime = UptimeShown {
        uptime: monitoring.uptime().await?,
        interruptions: Vec::new(),
    };
    let shell = visitor.shell(Section::Monitoring, "Monitoring").await?;
    let range = (range.to_owned(), None);
    Ok(Page::new(MonitoringPage::new(
        shell,
        range,
        services.collect(),
        figures,
        uptime,
    )))
}

/// Shows the parts of the service in a word each.
///
/// # Errors
/// As [`Visitor`].
pub async fn show_status(
    visitor: Visitor,
    monitoring: Data<Monitoring>,
) -> ApiResult<Page<StatusPage>> {
    let status = monitoring.status().await;
    let parts = vec![
        ("API", words(status.api)),
        ("Storage", words(status.storage)),
        ("Sign-in and keys", words(status.authentication)),
    ];
    let shell = visitor.shell(Section::Monitoring, "Status").await?;
    Ok(Page::new(StatusPage::new(
        shell,
        words(status.overall()),
        parts,
    )))
}

//! Prints the events and the telemetry it gets, on `lambda-extension`.
use lambda_extension::{
    service_fn, Error, Extension, LambdaEvent, LambdaTelemetry, LambdaTelemetryRecord, LogBuffering, NextEvent,
    SharedService,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// Invocations whose report has not come yet.
static UNREPORTED: AtomicUsize = AtomicUsize::new(0);
static IS_SHUT_DOWN: AtomicBool = AtomicBool::new(false);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let events = std::env::var("EXTENSION_EVENTS").unwrap_or_else(|_| "INVOKE,SHUTDOWN".into());
    let events: Vec<&str> = events.split(',').collect();
    let extension = Extension::new().with_events(&events).with_events_processor(service_fn(on_event));
    let port = std::env::var("TELEMETRY_PORT").ok().and_then(|port| port.parse().ok());
    let Some(port) = port else { return extension.run().await };
    extension
        .with_telemetry_processor(SharedService::new(service_fn(on_telemetry)))
        .with_telemetry_buffering(LogBuffering { timeout_ms: 25, ..LogBuffering::default() })
        .with_telemetry_port_number(port)
        .run()
        .await
}

async fn on_event(event: LambdaEvent) -> Result<(), Error> {
    match event.next {
        NextEvent::Invoke(event) => {
            UNREPORTED.fetch_add(1, SeqCst);
            println!("INVOKE {} {} {}", event.request_id, event.invoked_function_arn, event.tracing.value);
        }
        NextEvent::Shutdown(event) => {
            println!("SHUTDOWN {}", event.shutdown_reason);
            IS_SHUT_DOWN.store(true, SeqCst);
            leave();
        }
    }
    Ok(())
}

async fn on_telemetry(events: Vec<LambdaTelemetry>) -> Result<(), Error> {
    for event in &events {
        println!("telemetry {}", serde_json::to_string(event)?);
        if matches!(event.record, LambdaTelemetryRecord::PlatformReport { .. }) {
            UNREPORTED.fetch_sub(1, SeqCst);
        }
    }
    leave();
    Ok(())
}

/// It has what it was started for.
fn leave() {
    let is_told = std::env::var_os("TELEMETRY_PORT").is_none() || UNREPORTED.load(SeqCst) == 0;
    if IS_SHUT_DOWN.load(SeqCst) && is_told {
        std::process::exit(0);
    }
}

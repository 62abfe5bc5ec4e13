//! Succeeds or fails as the event says, on `lambda_runtime`.
use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}

async fn handle(LambdaEvent { payload: mut event, context }: LambdaEvent<Value>) -> Result<Value, Error> {
    match event["do"].as_str() {
        Some("fail") => Err("bad order".into()),
        Some("hang") => std::future::pending().await,
        Some("crash") => std::process::abort(),
        Some("panic") => panic!("bad order"),
        Some("exit") => std::process::exit(3),
        _ => {
            event["requestId"] = context.request_id.into();
            event["pid"] = std::process::id().into();
            Ok(event)
        }
    }
}

//! Succeeds or fails as the event says, on `rtlambda`.
use rtlambda::prelude::*;
use serde::{ser::Error, Serialize, Serializer};
use serde_json::Value;

/// What a handler returns. Without a value it cannot be written as JSON.
struct Answer(Option<Value>);

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().ok_or_else(|| S::Error::custom("no value"))?.serialize(serializer)
    }
}

type Context<'a> = RefLambdaContext<'a, LambdaRuntimeEnv, UreqResponse>;
type Handler = Box<dyn Fn(Option<&str>, Context) -> Result<Answer, String>>;

fn main() {
    DefaultRuntime::<UreqResponse, UreqTransport, LambdaRuntimeEnv, Answer, String>::new(LAMBDA_VER, initialize).run();
}

fn initialize() -> Result<Handler, String> {
    match std::env::var_os("FAIL_INIT") {
        Some(_) => Err("no table".into()),
        None => Ok(Box::new(handle)),
    }
}

fn handle(event: Option<&str>, context: Context) -> Result<Answer, String> {
    let mut event: Value = serde_json::from_str(event.unwrap_or_default()).map_err(|error| error.to_string())?;
    match event["do"].as_str() {
        Some("fail") => Err("bad order".into()),
        Some("hang") => loop {
            std::thread::park()
        },
        Some("crash") => std::process::abort(),
        Some("panic") => panic!("bad order"),
        Some("exit") => std::process::exit(3),
        Some("unserializable") => {
            println!("no value");
            Ok(Answer(None))
        }
        _ => {
            event["requestId"] = context.aws_request_id().into();
            event["pid"] = std::process::id().into();
            Ok(Answer(Some(event)))
        }
    }
}

//! URLs by the WHATWG's rules, for `modules/url.ts`.

use url::{quirks, Url};

/// `href`, `origin`, `protocol`, `username`, `password`, `host`, `hostname`, `port`, `pathname`, `search`, `hash`
type Parts = Vec<String>;

fn parts(url: &Url) -> Parts {
    vec![
        quirks::href(url).into(),
        quirks::origin(url),
        quirks::protocol(url).into(),
        quirks::username(url).into(),
        quirks::password(url).into(),
        quirks::host(url).into(),
        quirks::hostname(url).into(),
        quirks::port(url).into(),
        quirks::pathname(url).into(),
        quirks::search(url).into(),
        quirks::hash(url).into(),
    ]
}

/// `None` for what is no URL.
pub fn parse(text: &str, base: Option<&str>) -> Option<Parts> {
    let url = match base {
        Some(base) => Url::parse(base).and_then(|base| base.join(text)),
        None => Url::parse(text),
    };
    url.ok().as_ref().map(parts)
}

/// The URL with another value for a part; the same one where the value is not acceptable.
pub fn change(href: &str, part: &str, value: &str) -> Option<Parts> {
    let mut url = Url::parse(href).ok()?;
    let _ = match part {
        "protocol" => quirks::set_protocol(&mut url, value),
        "username" => quirks::set_username(&mut url, value),
        "password" => quirks::set_password(&mut url, value),
        "host" => quirks::set_host(&mut url, value),
        "hostname" => quirks::set_hostname(&mut url, value),
        "port" => quirks::set_port(&mut url, value),
        "pathname" => {
            quirks::set_pathname(&mut url, value);
            Ok(())
        }
        "search" => {
            quirks::set_search(&mut url, value);
            Ok(())
        }
        _ => {
            quirks::set_hash(&mut url, value);
            Ok(())
        }
    };
    Some(parts(&url))
}

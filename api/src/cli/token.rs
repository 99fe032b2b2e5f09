//! `recoup token`: whoever can run it owns the host and the key.

use super::open;
use super::show::say;
use crate::access::Role;
use crate::auth::local_token;
use crate::clock;
use crate::settings::Settings;
use recoup_engine::tenant;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};

/// The longest life of a token, in seconds: a day.
const TTL_SECONDS_MAX: i64 = 24 * 60 * 60;

#[derive(clap::Args)]
pub(super) struct TokenLine {
    /// What the holder may do; admin is the operator
    #[arg(long, value_parser = super::words(Role::ALL, Role::as_str))]
    role: Role,
    /// The tenant the token opens
    #[arg(long, default_value = "default")]
    tenant: String,
    /// How long it lives: 90s, 30m, 1h, at most 24h
    #[arg(long, default_value = "1h", value_parser = seconds)]
    ttl: i64,
}

pub(super) async fn print(settings: &Settings, line: &TokenLine) -> Result<()> {
    let opened = open::open(settings).await?;
    if tenant::find(opened.engine.store(), &line.tenant).await?.is_none() {
        return Err(Error::new(Code::NotFound, format!("there is no tenant {:?}", line.tenant)));
    }
    let token = local_token(&opened.key, line.role, &line.tenant, clock::now().timestamp(), line.ttl)?;
    opened.engine.store().close().await;
    say(&token)
}

/// `90s`, `30m`, `1h`: seconds.
fn seconds(text: &str) -> std::result::Result<i64, String> {
    let wrong = || "a duration is a whole number with s, m or h, from 1s to 24h".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    let number: i64 = if number.bytes().all(|b| b.is_ascii_digit()) { number.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
    number.checked_mul(factor).filter(|seconds| (1..=TTL_SECONDS_MAX).contains(seconds)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_life_is_a_whole_number_of_seconds_minutes_or_hours_up_to_a_day() {
        for (text, expected) in [("90s", Some(90)), ("30m", Some(1800)), ("1h", Some(3600)), ("24h", Some(86_400))] {
            assert_eq!(seconds(text).ok(), expected, "{text}");
        }
        for text in ["25h", "0s", "-1h", "+1h", "1", "h", "", "1d", "时", "99999999999999999h"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}

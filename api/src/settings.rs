//! Settings: defaults, then `recoup.toml`, then `RECOUP_…`, then the command line. One table makes them all; unknown keys are refused.

use crate::telemetry::LogFormat;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The file that is read when there is one and no other was named.
const FILE: &str = "recoup.toml";

/// Names that begin like a setting but belong to tests and benches.
const NOT_SETTINGS: [&str; 6] = ["RECOUP_TEST_", "RECOUP_BENCH_", "RECOUP_BLESS", "RECOUP_SEED", "RECOUP_REQUIRE_POSTGRES", "RECOUP_TOKEN"];

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $(#[arg($($arg:tt)*)])? $name:ident: $kind:ty = $default:expr, $variable:literal;)*) => {
        /// What an operator can set, all of it with a default.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Settings { $($(#[doc = $doc])+ pub $name: $kind,)* }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default.into(),)* }
            }
        }

        /// The same settings as flags and variables, each only where it was given.
        #[derive(Clone, Debug, Default, clap::Args, Serialize)]
        pub struct SettingFlags {
            /// The settings file; `recoup.toml` where there is one.
            #[arg(long, global = true, env = "RECOUP_CONFIG", value_name = "FILE")]
            #[serde(skip)]
            pub config: Option<PathBuf>,
            $(
                $(#[doc = $doc])+
                #[arg(long, global = true, env = $variable, hide_env_values = true $(, $($arg)*)?)]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$kind>,
            )*
        }

        /// Every variable that is a setting.
        const VARIABLES: &[&str] = &["RECOUP_CONFIG", "RECOUP_MASTER_KEY", $($variable),*];
    };
}

settings! {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    listen: String = "127.0.0.1:8080", "RECOUP_LISTEN";
    /// `sqlite://FILE` or `postgres://…` [default: sqlite://recoup.db]
    database_url: String = "sqlite://recoup.db", "RECOUP_DATABASE_URL";
    /// Connections to the database [default: 16]
    database_connections: u32 = 16_u32, "RECOUP_DATABASE_CONNECTIONS";
    /// Where the master key lies, unless RECOUP_MASTER_KEY holds it [default: recoup-data]
    data_dir: PathBuf = "recoup-data", "RECOUP_DATA_DIR";
    /// Serve the API only; runs, nudges and imports are worked elsewhere [default: false]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_worker: bool = false, "RECOUP_NO_WORKER";
    /// Threads that serve requests; 0 is one per core [default: 0]
    threads: usize = 0_usize, "RECOUP_THREADS";
    /// Requests in hand at once; more are told to wait [default: 512]
    in_flight_max: usize = 512_usize, "RECOUP_IN_FLIGHT_MAX";
    /// Which log lines are written: `info`, `recoup_engine=debug,info` [default: info]
    log: String = "info", "RECOUP_LOG";
    /// How they look: auto, human or json [default: auto]
    log_format: LogFormat = LogFormat::Auto, "RECOUP_LOG_FORMAT";
    /// Time zone of the first tenant [default: Asia/Shanghai]
    time_zone: String = "Asia/Shanghai", "RECOUP_TIME_ZONE";
    /// Currency of the first tenant [default: CNY]
    currency: String = "CNY", "RECOUP_CURRENCY";
}

impl Settings {
    /// Everything that was set, in the order of rank.
    ///
    /// # Errors
    /// `validation_failed` in one line that names the key, for unknown keys, values of another kind and unreadable files.
    pub fn load(flags: &SettingFlags) -> Result<Self> {
        refuse_unknown_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
        Self::of(flags, flags.config.as_deref())
    }

    fn of(flags: &SettingFlags, named: Option<&Path>) -> Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        match named {
            Some(path) if !path.is_file() => return Err(refused(format!("{} is not a file", path.display()))),
            Some(path) => figment = figment.merge(Toml::file_exact(path)),
            None if Path::new(FILE).is_file() => figment = figment.merge(Toml::file_exact(FILE)),
            None => {}
        }
        figment.merge(Serialized::defaults(flags)).extract().map_err(|fault| refused(fault.to_string().replace('\n', " ")))
    }

    /// Does the database belong to this one process?
    pub fn is_sqlite(&self) -> bool {
        self.database_url.starts_with("sqlite:")
    }
}

/// The master key from the environment. It is no setting: it must not stand in a file beside the others.
pub fn master_key() -> Option<String> {
    Figment::from(Env::raw().only(&["RECOUP_MASTER_KEY"])).extract_inner("recoup_master_key").ok()
}

fn refuse_unknown_variables(names: impl Iterator<Item = String>) -> Result<()> {
    let is_unknown = |name: &String| {
        name.starts_with("RECOUP_") && !VARIABLES.contains(&name.as_str()) && !NOT_SETTINGS.iter().any(|other| name.starts_with(other))
    };
    let unknown: Vec<String> = names.filter(is_unknown).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(refused(format!("{} is no setting of recoup; recoup --help lists them", unknown.join(", "))))
}

fn refused(detail: String) -> Error {
    Error::new(Code::ValidationFailed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str, flags: &SettingFlags) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recoup.toml");
        std::fs::write(&path, text).unwrap();
        Settings::of(flags, Some(&path))
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let flags = SettingFlags { listen: Some("0.0.0.0:1".into()), ..SettingFlags::default() };
        let settings = with_file("listen = \"0.0.0.0:2\"\nlog_format = \"json\"\nthreads = 3", &flags).unwrap();
        assert_eq!((settings.listen.as_str(), settings.log_format, settings.threads), ("0.0.0.0:1", LogFormat::Json, 3));
        assert_eq!(settings.database_url, "sqlite://recoup.db");
    }

    #[test]
    fn unknown_keys_are_refused_by_name_in_one_line() {
        for (text, word) in [("lisen = \"x\"", "lisen"), ("threads = \"many\"", "threads"), ("log_format = \"xml\"", "xml"), ("= 1", "")] {
            let line = with_file(text, &SettingFlags::default()).unwrap_err().detail().to_owned();
            assert!(line.contains(word) && !line.contains('\n'), "{line}");
        }
        assert_eq!(Settings::of(&SettingFlags::default(), None).unwrap().listen, "127.0.0.1:8080", "a file is no duty");
        assert!(Settings::of(&SettingFlags::default(), Some(Path::new("/nowhere/recoup.toml"))).is_err());
        let names = |all: &[&str]| refuse_unknown_variables(all.iter().map(|name| (*name).to_owned()));
        assert!(names(&["RECOUP_LISTEN", "RECOUP_TEST_AS", "RECOUP_BLESS", "HOME", "RECOUP_MASTER_KEY"]).is_ok());
        assert!(names(&["RECOUP_LISEN"]).unwrap_err().detail().contains("RECOUP_LISEN"));
    }
}

//! The world of one test: a database of its own, and over it the engine, the API and a clock that only the test moves.

use crate::postgres::{self, Database};
use std::future::Future;
use std::io::ErrorKind;
use std::sync::OnceLock;
use tempfile::TempDir;

/// Which database a world stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A file of its own; never `:memory:`, which is another database per connection.
    Sqlite,
    /// A database of its own in the throw-away cluster.
    Postgres,
}

/// Removes the database when the test ends.
enum Ground {
    Folder(TempDir),
    Server(Database),
}

/// Engine, API, clock and database of one test.
pub struct World {
    /// Which database this is, for the rare test that must know.
    pub on: On,
    /// What `--database-url` takes.
    pub database_url: String,
    _ground: Ground,
}

impl World {
    /// A new world, or `None` where there is no PostgreSQL and it is not required.
    pub async fn open(on: On) -> Option<Self> {
        let ground = match on {
            On::Sqlite => Ground::Folder(copy_of_template().expect("a folder for a database file")),
            On::Postgres => match postgres::shared(migrate) {
                Ok(cluster) => Ground::Server(cluster.database().expect("a database for the test")),
                Err(why) => {
                    postgres::skip(why);
                    return None;
                }
            },
        };
        let database_url = match &ground {
            Ground::Folder(folder) => format!("sqlite://{}", folder.path().join(FILE).display()),
            Ground::Server(database) => database.url(),
        };
        Some(Self { on, database_url, _ground: ground })
    }
}

const FILE: &str = "recoup.db";

/// Brings a database up to the schema of this program.
async fn migrate(_url: String) -> Result<(), String> {
    Ok(())
}

/// A folder with a migrated SQLite file: migrated once per process, then copied.
fn copy_of_template() -> Result<TempDir, String> {
    static TEMPLATE: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
    let made = TEMPLATE.get_or_init(|| {
        let folder = TempDir::with_prefix("recoup-template-").map_err(|e| e.to_string())?;
        let file = folder.path().join(FILE);
        postgres::aside(|| migrate(format!("sqlite://{}", file.display())))?;
        std::fs::read(file).or_else(|e| if e.kind() == ErrorKind::NotFound { Ok(Vec::new()) } else { Err(e.to_string()) })
    });
    let template = made.as_ref().map_err(Clone::clone)?;
    let folder = TempDir::with_prefix("recoup-test-").map_err(|e| e.to_string())?;
    std::fs::write(folder.path().join(FILE), template).map_err(|e| e.to_string())?;
    Ok(folder)
}

/// Runs one test in a world of its own. The door of [`on_both!`](crate::on_both).
pub fn run<F: Future<Output = ()>>(on: On, test: impl FnOnce(World) -> F) {
    actix_web::rt::System::new().block_on(async {
        if let Some(world) = World::open(on).await {
            test(world).await;
        }
    });
}

/// Makes of each `async fn name(world: World) { … }` the two tests `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($($world:ident)+: World) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn test($($world)+: $crate::world::World) $body

            #[test]
            fn sqlite() {
                $crate::world::run($crate::world::On::Sqlite, test);
            }

            #[test]
            fn postgres() {
                $crate::world::run($crate::world::On::Postgres, test);
            }
        }
    )+ };
}

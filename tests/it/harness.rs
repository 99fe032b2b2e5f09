//! Tests of the test house itself.

use std::process::{Command, Stdio};
use std::time::Duration;
use tests::inspect::sql;
use tests::on_both;
use tests::postgres::{Cluster, Durability, skip};
use tests::world::World;

/// Set for the copy of this binary that is killed with a cluster in its hands.
const HOSTAGE: &str = "RECOUP_TEST_HOSTAGE";

#[test]
fn a_cluster_disappears_with_the_process_that_asked_for_it_even_by_kill() {
    let me = std::env::current_exe().unwrap();
    let found = tempfile::NamedTempFile::new().unwrap();
    let mut hostage = Command::new(me);
    hostage.args(["--exact", "harness::holds_a_cluster_until_it_is_killed"]).env(HOSTAGE, found.path()).stdout(Stdio::null());
    let mut hostage = hostage.spawn().unwrap();
    let said = eventually(|| Some(std::fs::read_to_string(found.path()).unwrap()).filter(|said| said.ends_with('\n')));
    hostage.kill().unwrap();
    hostage.wait().unwrap();
    match said.trim().strip_prefix("home ") {
        Some(home) => eventually(|| (!std::path::Path::new(home).exists()).then_some(())),
        None => skip(said.trim()),
    }
}

#[test]
fn holds_a_cluster_until_it_is_killed() {
    let Some(file) = std::env::var_os(HOSTAGE) else { return };
    let cluster = Cluster::start(Durability::Careless);
    let said = match &cluster {
        Ok(cluster) => format!("home {}\n", cluster.home().unwrap().display()),
        Err(why) => format!("{why}\n"),
    };
    std::fs::write(file, said).unwrap();
    std::thread::park();
}

/// Waits for something another process does, at most half a minute.
#[track_caller]
fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let mut looks = (0..600).map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        look()
    });
    looks.find_map(|seen| seen).expect("it happens within half a minute")
}

on_both! {
    async fn every_test_has_a_database_of_its_own(world: World) {
        let other = World::open(world.on).await.unwrap();
        sql(&world.database_url, "CREATE TABLE mine (a INTEGER); INSERT INTO mine VALUES (7)").await.unwrap();
        assert_eq!(sql(&world.database_url, "SELECT a, NULL FROM mine").await.unwrap(), [[Some("7".into()), None]]);
        let refused = sql(&other.database_url, "SELECT a FROM mine").await.unwrap_err();
        assert!(refused.contains("mine"), "{refused}");
    }
}

#[test]
fn become_the_server() {
    tests::process::become_recoup();
}

#[test]
fn the_test_binary_is_the_program() {
    let output = tests::process::run(&["openapi"]);
    assert!(output.status.success());
    assert!(tests::process::said(&output).contains("\"openapi\": \"3.1.0\""));
    assert_eq!(tests::process::run(&["fly"]).status.code(), Some(2));
}

on_both! {
    async fn a_world_answers_over_http(world: World) {
        let answer = world.admin().get("/v1/nowhere").await;
        assert_eq!(answer.refused(404), "not_found");
        assert_eq!(world.api.stranger().get("/healthz").await.status, 200);
    }

    async fn the_program_serves_the_world_as_a_process_and_stops_when_told(world: World) {
        let (mut server, client) = world.process().await;
        assert_eq!(client.get("/v1/nowhere").await.refused(404), "not_found");
        assert_eq!(server.stop(), Some(0));
    }
}

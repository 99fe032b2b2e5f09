//! Tests of the test house itself.

use tests::postgres::{Cluster, Durability, skip};

#[test]
fn a_cluster_disappears_with_the_process_that_asked_for_it() {
    let cluster = match Cluster::start(Durability::Careless) {
        Ok(cluster) => cluster,
        Err(why) => return skip(&why),
    };
    let home = cluster.home().expect("a cluster of its own has a folder").to_owned();
    cluster.make_template(async |_| Ok(())).unwrap();
    assert!(home.join("data/PG_VERSION").exists());
    cluster.stop();
    assert!(!home.exists());
}

//! Another tenant's thing is a thing that never existed: the same answer, byte for byte, and nothing of it moves.

use recoup_api::access::Role;
use std::collections::BTreeMap;
use tests::document::{comparable, operations};
use tests::inspect::tenant_dump;
use tests::ledger::fill;
use tests::on_both;

on_both! {
    async fn another_tenants_ids_answer_as_if_they_had_never_been(world: World) {
        fill(world).await;
        let other = world.another_tenant("other").await;
        let (own, foreign) = (world.admin(), world.api.client(Role::Admin, &other.slug));
        // The work behind the requests ends here, so that what is compared stands still.
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        let all = operations(&own).await;
        for list in all.iter().filter(|operation| !operation.is_write() && !operation.path.contains('{')) {
            let answer = list.call(&own, &list.path).await;
            if let Some(id) = answer.json["data"][0]["id"].as_str() {
                ids.insert(list.collection().to_owned(), id.to_owned());
            }
            let theirs = list.call(&foreign, &list.path).await.json["data"].to_string();
            let seen = answer.json["data"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_str()).find(|id| theirs.contains(id));
            assert_eq!(seen, None, "{} of another tenant", list.path);
        }
        for operation in all.iter().filter(|operation| operation.path.contains('{')) {
            let Some(id) = ids.get(operation.collection()) else { continue };
            let never = never_given(id);
            let theirs = operation.call(&foreign, &operation.path_with(id)).await;
            let nobodys = operation.call(&foreign, &operation.path_with(&never)).await;
            assert_eq!(comparable(&theirs, id), comparable(&nobodys, &never), "{} {}", operation.method, operation.path);
            assert!(theirs.status >= 400, "{} {}: {}", operation.method, operation.path, theirs.text);
        }
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before);
    }
}

/// An id of the same kind that was never given out.
fn never_given(id: &str) -> String {
    format!("{}_01h455vb4pex5vsknk084sn02q", id.split('_').next().unwrap_or_default())
}

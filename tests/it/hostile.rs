//! Packages and scripts made to do harm, through the upload and from disk: refused with their place, or stopped within their budget, and
//! nobody else is the worse for it.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use tests::client::Client;
use tests::inspect::{sql, tenant_dump};
use tests::ledger::cny;
use tests::on_both;
use tests::process;

type Package = BTreeMap<String, String>;

/// A package that answers orders with this script; it passes its own test, in which the customer is called C-1.
fn package(name: &str, script: &str) -> Package {
    let manifest = format!(
        "[plugin]\nname = \"{name}\"\nversion = \"1.0.0\"\napi = 1\ntitle = {{ en = \"Probe\", zh-CN = \"探针\" }}\n\n[quality]\nmin_coverage = 0\n\n[effects]\nallow = [\"decide:order_check\"]\n\n[codes]\nFINE = {{}}\n"
    );
    let test = "fn test_it_is_fine(t) {\n    t.run(\"order_check\");\n    expect(t.decision, \"approve\");\n}\n";
    [
        ("plugin.toml", manifest.as_str()),
        ("main.rhai", script),
        ("texts/en.toml", "[codes]\nFINE = \"Fine.\"\n"),
        ("texts/zh-CN.toml", "[codes]\nFINE = \"无异议。\"\n"),
        ("tests/probe.test.rhai", test),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into()
}

const HARMLESS: &str = "fn order_check(ctx, plan) {\n    plan.approve(\"FINE\");\n}\n";

/// A script that does this to every customer but the one of its own test, on its third line.
fn attack(body: &str) -> String {
    format!(
        "fn order_check(ctx, plan) {{\n    if ctx.account.external_id == \"C-1\" {{ return plan.approve(\"FINE\"); }}\n    {body}\n}}\n"
    )
}

fn with(mut package: Package, path: &str, text: String) -> Package {
    package.insert(path.to_owned(), text);
    package
}

fn schema_of(key: &str) -> String {
    format!(r#"{{ "type": "object", "additionalProperties": false, "properties": {{ "{key}": {{ "type": "integer", "default": 1 }} }} }}"#)
}

/// Packages that are refused before any of their scripts runs, and what the refusal says.
fn refused() -> Vec<(&'static str, Package, &'static str)> {
    let probe = || package("probe", HARMLESS);
    let many = (0..200).fold(probe(), |all, no| with(all, &format!("tests/more{no}.json"), String::new()));
    let large = (0..5).fold(probe(), |all, no| with(all, &format!("tests/more{no}.json"), " ".repeat(120 * 1024)));
    vec![
        ("a path above the package", with(probe(), "../escape.rhai", String::new()), "../escape.rhai"),
        ("an absolute path", with(probe(), "/etc/passwd", String::new()), "/etc/passwd"),
        ("a path through another folder", with(probe(), "tests/../../x", String::new()), "tests/../../x"),
        ("a path of another system", with(probe(), "tests\\x", String::new()), "x\" is not a file of a package"),
        ("a file no package has", with(probe(), "evil.sh", String::new()), "\"pointer\":\"#/files/evil.sh\""),
        ("a hidden file", with(probe(), ".git/config", String::new()), ".git/config"),
        ("a file too large", with(probe(), "main.rhai", " ".repeat(128 * 1024 + 1)), "main.rhai: a file has at most"),
        ("a package too large", large, "a package has at most"),
        ("too many files", many, "200 files"),
        ("a name that is taken", package("lint", HARMLESS), "\"lint\" is taken"),
        ("the name of a path of ours", package("nodes", HARMLESS), "\"nodes\" is taken"),
        ("a keyword as its name", package("switch", HARMLESS), "\"switch\" is taken"),
        (
            "a keyword as a setting",
            with(probe(), "settings.schema.json", schema_of("default")),
            "\"default\" cannot be the name of a property",
        ),
        ("a word of the language as a setting", with(probe(), "settings.schema.json", schema_of("type_of")), "\"type_of\" cannot be"),
        ("a schema that is none", with(probe(), "settings.schema.json", "{".to_owned()), "settings.schema.json"),
        ("a manifest that is none", with(probe(), "plugin.toml", "[plugin\n".to_owned()), "plugin.toml:1:"),
        ("a letter where nobody looks", with(probe(), "templates/../x.txt", String::new()), "templates/../x.txt"),
        ("a script that loads another", package("probe", "fn order_check(ctx, plan) {\n    import \"x\" as y;\n}\n"), "main.rhai:2:5"),
        ("a script that makes code", package("probe", "fn order_check(ctx, plan) {\n    eval(\"1\");\n}\n"), "main.rhai:2:"),
        ("code outside of a function", package("probe", &format!("loop {{}}\n{HARMLESS}")), "main.rhai:1:"),
        ("a word that does not exist", package("probe", "fn order_check(ctx, plan) {\n    sleep(1000);\n}\n"), "main.rhai:2:5"),
        ("a fact that is written", package("probe", "fn order_check(ctx, plan) {\n    ctx.account.name = \"x\";\n}\n"), "main.rhai:2:"),
        ("five thousand parentheses", package("probe", &attack(&format!("{}1{};", "(".repeat(5_000), ")".repeat(5_000)))), "main.rhai:3:"),
        (
            "two thousand ifs in one another",
            package("probe", &attack(&format!("{}{}", "if true { ".repeat(2_000), "}".repeat(2_000)))),
            "main.rhai:3:",
        ),
        (
            "maps in one another",
            package("probe", &attack(&format!("let m = {}1{};", "#{a:".repeat(5_000), "}".repeat(5_000)))),
            "main.rhai:3:",
        ),
    ]
}

/// What a script does once it is live, how the call ends, and what the record says of it.
const STOPPED: [(&str, &str, &str); 16] = [
    ("loop {}", "limit", "the operations are used up"),
    ("let x = 0; while true { x += 1; }", "limit", "the operations are used up"),
    ("let l = []; l.pad(900, 0); l.map(|v| { let n = 0; while n < 1000 { n += 1; } n });", "limit", "the operations are used up"),
    ("try { loop {} } catch { }", "limit", "the operations are used up"),
    ("loop { try { loop {} } catch (e) { } }", "limit", "the operations are used up"),
    ("let s = \"x\"; loop { s += s; }", "limit", "Length of string"),
    ("let s = \"x\"; s.pad(1000000000, \"y\");", "limit", "Length of string"),
    ("let l = []; l.pad(1000000000, 0);", "limit", "Size of array"),
    ("let l = [1]; loop { l = [l, l]; }", "limit", "Size of array"),
    ("let m = #{}; let k = 0; loop { m[`k${k}`] = k; k += 1; }", "limit", ""),
    ("order_check(ctx, plan);", "limit", ""),
    ("let l = []; for i in 0..900 { l.push(i); } loop { l.sort(|a, b| 1); }", "limit", ""),
    ("let n = 9223372036854775807; n += 1;", "error", "overflow"),
    ("let n = 0; n = 1 % n;", "error", "by zero"),
    ("for i in 0..65 { plan.note(\"x\"); }", "limit", "at most 64 effects"),
    ("for i in 0..65 { try { plan.note(\"x\"); } catch {} }", "limit", "at most 64 effects"),
];

/// Rounds of harm until a process has what it keeps, rounds after that, and what may be kept of them: a tenth of what they took.
const WARMING: usize = 10;
const STOPPED_OFTEN: usize = 40;
const GIVEN_BACK_KIB: u64 = 12 * 1024;

async fn upload(client: &Client, name: &str, files: &Package) -> tests::client::Answer {
    client.post(&format!("/v1/plugins/{name}/versions"), json!({ "files": files })).await
}

async fn customer(client: &Client, external_id: &str) {
    let account = json!({ "external_id": external_id, "name": "Customer", "currency": "CNY" });
    let account = client.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
    let limit = json!({ "amount": cny("1000000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
    client.post(&format!("/v1/accounts/{account}/credit-limits"), limit).await.expect(201);
}

async fn order(client: &Client, external_id: &str, account: &str) -> Value {
    let order = json!({ "external_id": external_id, "account_external_id": account, "amount": cny("100.00") });
    client.post("/v1/orders", order).await.expect(201)
}

on_both! {
    async fn a_harmful_package_is_refused_with_its_place_and_nothing_of_it_is_stored(world: World) {
        let admin = world.admin();
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        for (what, files, part) in refused() {
            let name = if part.starts_with('"') { part.trim_start_matches('"').split('"').next().unwrap() } else { "probe" };
            let answer = upload(&admin, name, &files).await;
            assert!(answer.text.replace("\\\"", "\"").contains(part), "{what}: {}", answer.text);
            assert_eq!(answer.refused(422), "script_refused", "{what}");
            let lint = admin.post("/v1/plugins/lint", json!({ "files": files })).await.expect(200);
            assert_eq!(lint["ok"], false, "{what}: {lint}");
        }
        let zip = admin.send(reqwest::Method::POST, "/v1/plugins/probe/versions", &[("content-type", "application/zip")], Some(vec![b'P', b'K', 3, 4])).await.unwrap();
        assert_eq!(zip.refused(415), "unsupported_media_type", "no archive is taken, so none can unfold");
        let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
        let packed = admin.send(reqwest::Method::POST, "/v1/plugins/probe/versions", &packed, Some(vec![0x1f, 0x8b, 8, 0])).await.unwrap();
        assert_eq!(packed.refused(400), "malformed_json", "nor is a packed body unfolded");
        let huge = json!({ "files": with(package("probe", HARMLESS), "README.md", "x".repeat(1_100_000)) });
        assert_eq!(admin.post("/v1/plugins/probe/versions", huge).await.refused(413), "too_large");
        let other = upload(&admin, "other", &package("probe", HARMLESS)).await;
        assert_eq!(other.json["errors"][0]["pointer"], "#/files/plugin.toml", "{}", other.text);
        let draft = json!({ "files": with(package("probe", HARMLESS), "../x", String::new()) });
        assert_eq!(admin.put("/v1/plugins/probe/draft", "*", draft).await.status, 422, "nor does it become a draft");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before);
    }

    async fn a_script_that_does_harm_is_stopped_within_its_budget_and_others_are_unharmed(world: World) {
        let admin = world.admin();
        customer(&admin, "A1").await;
        customer(&admin, "C-1").await;
        for (no, (body, status, part)) in STOPPED.into_iter().enumerate() {
            let pushed = upload(&admin, "probe", &package("probe", &attack(body))).await.expect(201);
            // The rehearsal on the orders before would refuse it; here it is to do its harm.
            let on = json!({ "version": pushed["number"], "excuse": ["rehearsal"], "reason": "to see the harm" });
            admin.post("/v1/plugins/probe/activations", on).await.expect(201);
            let placed = order(&admin, &format!("X{no}"), "A1").await;
            assert_eq!(placed["decision"], "approve", "{body}: the core's answer stands: {placed}");
            let id = placed["decision_id"].as_str().unwrap();
            let decision = admin.get(&format!("/v1/decisions/{id}")).await.expect(200);
            let advice = &decision["record"]["calls"][0]["advice"];
            assert_eq!((&advice["status"], &advice["version"]), (&json!(status), &pushed["number"]), "{body}: {advice}");
            assert!(advice["error"]["message"].as_str().unwrap().contains(part), "{body}: {advice}");
            assert_eq!(advice["error"]["file"], "main.rhai", "{body}: {advice}");
            let line = advice["error"]["line"].as_i64().unwrap();
            assert!(line == 3 || (body.starts_with("order_check") && line > 0), "{body}: {advice}");
            let (used, budget) = (advice["operations"].as_i64().unwrap(), advice["budget"].as_i64().unwrap());
            // A sort that runs out finishes its comparisons first.
            assert!(used <= budget + 40_000, "{body}: {used} of {budget}");
            let told = admin.get(&format!("/v1/decisions/{id}/explain")).await.expect(200);
            assert!(told["parts"].to_string().contains("main.rhai"), "{told}");
            assert_eq!(order(&admin, &format!("Y{no}"), "C-1").await["decision"], "approve", "{body}: who is not attacked is answered");
        }
    }

    async fn what_hostile_scripts_take_is_given_back_however_often_they_are_stopped(world: World) {
        let admin = world.admin();
        customer(&admin, "A1").await;
        let placed = order(&admin, "O1", "A1").await;
        let hoards = "let m = #{}; let t = \"x\"; t.pad(4000, \"x\"); let k = 0; loop { m[`k${k}`] = `${k}${t}`.sub_string(0, 4000); k += 1; }";
        upload(&admin, "probe", &package("probe", &attack(hoards))).await.expect(201);
        let dry = json!({ "hook": "order_check", "subject": placed["id"], "version": 1 });
        let (server, admin) = world.process().await;
        let refused = async |no: usize| {
            let tried = admin.post("/v1/plugins/probe/dry-runs", dry.clone()).await.expect(200);
            let status = tried["calls"][0]["advice"]["status"].as_str().unwrap().to_owned();
            assert!(status == "limit" || status == "time", "{tried}");
            // As large as a file may be, another one each time, and with a mistake at its end.
            let long = format!("// {no}\nfn order_check(ctx, plan) {{\n{}    oops(;\n}}\n", "    1 + 1;\n".repeat(10_000));
            assert_eq!(upload(&admin, "probe", &package("probe", &long)).await.refused(422), "script_refused");
        };
        for no in 0..WARMING {
            refused(no).await;
        }
        let Some(before) = server.resident() else { return };
        for no in 0..STOPPED_OFTEN {
            refused(WARMING + no).await;
        }
        let after = server.resident().unwrap();
        assert!(after < before + GIVEN_BACK_KIB, "{before} KiB have become {after}");
    }

    async fn a_server_that_cannot_ask_a_required_plugin_is_not_ready(world: World) {
        let admin = world.admin();
        let files = package("probe", HARMLESS);
        let manifest = files["plugin.toml"].replace("api = 1\n", "api = 1\nrequired = true\n");
        let activate = async |name: &str, files: &Package| {
            let pushed = upload(&admin, name, files).await.expect(201);
            admin.post(&format!("/v1/plugins/{name}/activations"), json!({ "version": pushed["number"] })).await.expect(201);
        };
        activate("probe", &with(files, "plugin.toml", manifest)).await;
        customer(&admin, "A1").await;
        order(&admin, "O1", "A1").await;
        assert_eq!(admin.get("/readyz").await.status, 200);
        // As a damaged row would look, or one of a newer program.
        let damage = "UPDATE plugin_version SET hash = 'damaged', files = REPLACE(files, 'plan.approve', 'plan approve') WHERE name = 'probe'";
        sql(&world.database_url, damage).await.unwrap();
        assert_eq!(admin.get("/readyz").await.status, 200, "the set in hand is whole");
        activate("other", &package("other", HARMLESS)).await;
        order(&admin, "O2", "A1").await;
        let answer = admin.get("/readyz").await;
        assert!(answer.text.contains("probe is required") && answer.text.contains("main.rhai:2:"), "{}", answer.text);
        assert_eq!(answer.refused(503), "plugin_unavailable");
        admin.post("/v1/plugins/probe/stops", json!({ "reason": "until it is mended" })).await.expect(201);
        order(&admin, "O3", "A1").await;
        assert_eq!(admin.get("/readyz").await.status, 200, "what is off is not required");
    }

    async fn a_test_that_never_ends_is_stopped_and_named(world: World) {
        let admin = world.admin();
        let test = "fn test_for_ever(t) {\n    loop {}\n}\n".to_owned();
        let files = with(package("probe", HARMLESS), "tests/probe.test.rhai", test);
        admin.put("/v1/plugins/probe/draft", "*", json!({ "files": files })).await.expect(200);
        let ran = admin.post("/v1/plugins/probe/draft/tests", json!({})).await.expect(200);
        let [test] = ran["tests"].as_array().unwrap().as_slice() else { panic!("one test: {ran}") };
        assert_eq!((&test["name"], &test["passed"]), (&json!("test_for_ever"), &json!(false)), "{ran}");
        assert!(test["message"].as_str().unwrap().contains("operations are used up"), "{ran}");
        let pushed = upload(&admin, "probe", &files).await.expect(201);
        let refused = admin.post("/v1/plugins/probe/activations", json!({ "version": pushed["number"] })).await;
        assert_eq!(refused.json["failed_tests"], json!(["test_for_ever"]), "{}", refused.text);
        assert_eq!(refused.refused(422), "script_refused");
    }

    async fn what_lies_on_disk_is_read_as_carefully_as_what_is_sent(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let write = |files: &Package| {
            let home = folder.path().join("probe");
            let _ = std::fs::remove_dir_all(&home);
            for (path, text) in files {
                let path = home.join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            home
        };
        // The program runs beside the world's server, which goes on serving.
        let push = async |home: PathBuf| {
            let url = world.database_url.clone();
            let run = move || process::run(&["plugin", "push", home.to_str().unwrap(), "--database-url", &url]);
            let output = tokio::task::spawn_blocking(run).await.unwrap();
            (output.status.code(), format!("{}{}", process::said(&output), String::from_utf8_lossy(&output.stderr)))
        };
        let admin = world.admin();
        let plugins = || async { admin.get("/v1/plugins").await.expect(200) };
        let before = plugins().await;
        let outside = folder.path().join("secret.txt");
        std::fs::write(&outside, "secret").unwrap();
        let home = write(&package("probe", HARMLESS));
        symlink(&outside, home.join("README.md")).unwrap();
        let (code, text) = push(home).await;
        assert!(code == Some(1) && text.contains("README.md") && !text.contains("secret"), "a link to a file: {code:?} {text}");
        let home = write(&package("probe", HARMLESS));
        symlink("/", home.join("templates")).unwrap();
        let (code, text) = push(home).await;
        assert!(code == Some(1) && text.contains("templates"), "a link to a folder: {code:?} {text}");
        let home = write(&package("probe", HARMLESS));
        std::fs::write(home.join("README.md"), [0xff, 0xfe, 0x00]).unwrap();
        let (code, text) = push(home).await;
        assert!(code == Some(1) && text.contains("not UTF-8"), "bytes: {code:?} {text}");
        let some = ["a file too large", "too many files", "a keyword as a setting", "a name that is taken", "a script that loads another"];
        for (what, files, part) in refused().into_iter().filter(|(what, ..)| some.contains(what)) {
            let (code, text) = push(write(&files)).await;
            assert!(code == Some(1) && text.contains(part), "{what}: {code:?} {text}");
        }
        assert_eq!(plugins().await, before, "nothing of it is stored");
        let (code, text) = push(write(&package("probe", HARMLESS))).await;
        assert_eq!(code, Some(0), "{text}");
    }
}

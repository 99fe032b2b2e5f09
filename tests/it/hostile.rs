//! Packages and scripts made to do harm, through the upload and from disk: refused with their place, or stopped within their budget, and
//! nobody else is the worse for it.

use serde_json::json;
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use tests::client::Client;
use tests::inspect::tenant_dump;
use tests::on_both;
use tests::process;

type Package = BTreeMap<String, String>;

/// A package that answers orders with this script; it passes its own test, in which the customer is called C-1.
fn package(name: &str, script: &str) -> Package {
    let manifest = format!(
        "[plugin]\nname = \"{name}\"\nversion = \"1.0.0\"\napi = 1\ntitle = {{ en = \"Probe\", zh-CN = \"探针\" }}\n\n[effects]\nallow = [\"decide:order_check\"]\n\n[codes]\nFINE = {{}}\n"
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
    let many = (0..200).fold(probe(), |all, no| with(all, &format!("tests/more{no}.txt"), String::new()));
    let large = (0..5).fold(probe(), |all, no| with(all, &format!("tests/more{no}.txt"), " ".repeat(120 * 1024)));
    vec![
        ("a path above the package", with(probe(), "../escape.rhai", String::new()), "../escape.rhai"),
        ("an absolute path", with(probe(), "/etc/passwd", String::new()), "/etc/passwd"),
        ("a path through another folder", with(probe(), "tests/../../x", String::new()), "tests/../../x"),
        ("a path of another system", with(probe(), "tests\\x", String::new()), "is not a path inside a package"),
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
            "\"default\" cannot be the name of a setting",
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

async fn upload(client: &Client, name: &str, files: &Package) -> tests::client::Answer {
    client.post(&format!("/v1/plugins/{name}/versions"), json!({ "files": files })).await
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

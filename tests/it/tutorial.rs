//! `scripts/README.md` as a new admin follows it: the commands as they are printed, from an empty folder to an order that a plugin holds.

use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use tests::process::{AS, MASTER_KEY, Server};

const PAGE: &str = include_str!("../../scripts/README.md");

/// One numbered section of the page: its blocks of code with their languages.
fn blocks(number: usize) -> Vec<(String, String)> {
    let after = PAGE.split(&format!("\n## {number}. ")).nth(1).expect("the page has this section");
    let text = after.split("\n## ").next().unwrap_or_default();
    let blocks = text.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').expect("a block has lines"));
    blocks.map(|(language, code)| (language.trim().to_owned(), code.trim_end().to_owned())).collect()
}

fn of(number: usize, language: &str) -> Vec<String> {
    blocks(number).into_iter().filter(|(kind, _)| kind == language).map(|(_, code)| code).collect()
}

/// A folder to work in, with `recoup` on the path: this test binary, which becomes the program.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let me = std::env::current_exe().unwrap();
        // The harness of tests says something before the program does.
        let script = format!(
            "#!/bin/sh\n{AS}=\"$(printf '%s\\n' \"$@\")\"\nexport {AS}\nout=$(\"{}\" --exact harness::become_the_server --nocapture --test-threads=1)\n\
             code=$?\nprintf '%s\\n' \"$out\" | sed -e '/^running 1 test$/d' -e '/^$/d' -e 's/^test harness::become_the_server [.][.][.] //'\nexit $code\n",
            me.display()
        );
        fs::write(bin.join("recoup"), script).unwrap();
        fs::set_permissions(bin.join("recoup"), fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn sh(&self, commands: &str) -> Output {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", commands]).current_dir(self.folder.path());
        shell.env("PATH", format!("{}:{}", self.at("bin").display(), path.display())).env("RECOUP_MASTER_KEY", MASTER_KEY);
        shell.output().unwrap()
    }

    /// What commands of the page say; they must do what they are for.
    fn done(&self, commands: &str) -> String {
        let output = self.sh(commands);
        let (said, refused) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{commands}\n{said}{refused}");
        said.into_owned()
    }

    /// Puts a line under another one, as the page says.
    fn under(&self, file: &str, line: &str, new: &str) {
        let path = self.at(file);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(line).count(), 1, "{file} has {line:?} once");
        fs::write(path, text.replace(line, &format!("{line}\n{new}"))).unwrap();
    }
}

/// The order that the page places with curl: its path and its body.
fn curl(command: &str) -> (String, Value) {
    let path = command.split("http://127.0.0.1:8080").nth(1).and_then(|rest| rest.split(' ').next()).expect("an address");
    let body = command.split("-d '").nth(1).and_then(|rest| rest.split('\'').next()).expect("a body");
    assert!(command.contains("Authorization: Bearer $TOKEN") && command.contains("Content-Type: application/json"), "{command}");
    (path.to_owned(), serde_json::from_str(body).expect("the body is JSON"))
}

#[test]
fn the_page_leads_from_an_empty_folder_to_an_order_that_a_plugin_holds() {
    let desk = Desk::new();
    desk.done(&of(1, "sh")[0]);
    let [line] = of(3, "rhai").try_into().unwrap();
    let [code, text] = of(3, "toml").try_into().unwrap();
    desk.under("my_hold/main.rhai", "    let s = ctx.settings;", &format!("    {line}"));
    desk.under(
        "my_hold/plugin.toml",
        "[codes]                        # its reasons, each with the values of its sentence in texts/",
        &code,
    );
    for language in ["en", "zh-CN"] {
        desk.under(&format!("my_hold/texts/{language}.toml"), "[codes]", &text);
    }
    assert!(desk.done(&of(4, "sh")[0]).contains("0 errors, 0 warnings"));
    let tests = desk.at("my_hold/tests/order_check.test.rhai");
    fs::write(&tests, format!("{}\n{}\n", fs::read_to_string(&tests).unwrap(), of(5, "rhai")[0])).unwrap();
    let tested = desk.done(&of(5, "sh")[0]);
    assert!(tested.contains("2 passed, 0 failed") && tested.contains("100 %"), "{tested}");
    let live = desk.done(&of(6, "sh")[0]);
    assert!(live.contains("my_hold version 1 is on"), "{live}");

    let [customer, order] = of(7, "sh").try_into().unwrap();
    desk.done(&customer);
    let (path, body) = curl(&order);
    let token = desk.done(order.lines().next().unwrap_or_default().trim_start_matches("TOKEN=$(").trim_end_matches(')'));
    let database = format!("sqlite://{}", desk.at("recoup.db").display());
    let folder = desk.at("recoup-data").display().to_string();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let placed = runtime.block_on(async {
        let server = Server::start(&["--database-url", &database, "--data-dir", &folder, "--log", "warn"]).await;
        server.client.with_token(token.trim()).post(&path, body).await.expect(201)
    });
    assert_eq!((&placed["decision"], &placed["reasons"][0]["code"]), (&json!("hold"), &json!("OVERDUE")), "{placed}");
    assert!(placed["reasons"][0]["source"].as_str().unwrap().starts_with("my_hold@1:"), "{placed}");
    let tried = desk.done(&of(8, "sh")[0]);
    assert!(tried.contains("vote    line") && tried.contains("hold OVERDUE") && tried.contains("operations"), "{tried}");

    // The rest of the page, with a decision in its place.
    let decision = placed["decision_id"].as_str().unwrap();
    assert!(desk.done(&format!("recoup plugin replay {decision}")).ends_with("the same\n"));
    desk.done(&format!("recoup plugin test my_hold --record {decision}"));
    assert!(desk.at(&format!("my_hold/tests/recorded/{decision}.json")).is_file());
    desk.done("recoup plugin test my_hold --fuzz 200");
    assert!(desk.done("recoup plugin check my_hold --rehearse 500").contains("rehearsed on 1 recorded questions: 0 would be"));
    assert!(desk.done(&format!("recoup plugin run my_hold --hook order_check --decision {decision}")).contains("hold OVERDUE"));
    let file = format!("tests/recorded/{decision}.json");
    assert!(desk.done(&format!("recoup plugin run my_hold --hook order_check --fixture {file}")).contains("hold OVERDUE"));
}

#[test]
fn a_new_plugin_needs_a_name_that_is_free() {
    let desk = Desk::new();
    desk.done("recoup plugin new my_hold\nrecoup plugin check my_hold\nrecoup plugin test my_hold --coverage");
    desk.done("recoup plugin new my_offer --from early_discount\nrecoup plugin test my_offer --coverage");
    for name in ["my_hold", "My_hold", "lint", "throw", "9lives", "../out"] {
        let refused = desk.sh(&format!("recoup plugin new {name}"));
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!((refused.status.code(), why.lines().count()), (Some(1), 1), "{name}: {why}");
    }
    assert!(!desk.at("lint").exists() && !desk.at("throw").exists());
    assert_eq!(desk.sh("recoup plugin new a --from nothing").status.code(), Some(1));
    // A package whose tests reach too little fails where coverage is asked for.
    let test = "fn test_one(t) {\n    t.run(\"order_check\");\n    expect(t.decision, \"approve\");\n}\n";
    fs::write(desk.at("my_hold/tests/order_check.test.rhai"), test).unwrap();
    desk.done("recoup plugin test my_hold");
    let refused = desk.sh("recoup plugin test my_hold --coverage");
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && why.contains("my_hold/main.rhai:6:"), "{why}");
}

//! The program as a process of its own: this very test binary, started again, becomes `recoup`. So no test needs the path of a build.

use crate::client::Client;
use std::net::TcpListener;
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::time::Duration;

/// The variable that turns the test binary into `recoup`; its value is the command line, one argument per line.
pub const AS: &str = "RECOUP_TEST_AS";

/// The hidden test that becomes the program when [`AS`] is set. A bench, which has no tests, asks at the start of its `main`.
const ENTRY: &str = "harness::become_the_server";

/// The master key of every test, so that a process can open what a world sealed.
pub const MASTER_KEY: &str = "cmVjb3VwIHRlc3RzIHNlYWwgd2l0aCB0aGlzIGtleSE=";

/// Becomes `recoup` and ends with its exit code, if this process was started to be it. The hidden test and the benches call this first.
pub fn become_recoup() {
    let Some(line) = std::env::var_os(AS).and_then(|line| line.into_string().ok()) else { return };
    let code = recoup_api::cli::run(std::iter::once("recoup").chain(line.lines()).map(str::to_owned));
    let number = (0..=u8::MAX).find(|number| ExitCode::from(*number) == code);
    std::process::exit(number.map_or(-1, i32::from));
}

/// `recoup` with these arguments, not started yet.
pub fn recoup(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a process has a program"));
    command.args(["--exact", ENTRY, "--nocapture", "--test-threads=1"]).env(AS, arguments.join("\n"));
    command.env("RECOUP_MASTER_KEY", MASTER_KEY).stdin(Stdio::null());
    command
}

/// Runs `recoup` to its end.
pub fn run(arguments: &[&str]) -> Output {
    recoup(arguments).output().expect("the program starts again")
}

/// What the program itself wrote, without the lines of the test harness before it.
pub fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim_start().strip_prefix("running 1 test\n").unwrap_or(&text).trim().to_owned()
}

/// A server process that dies with this value.
pub struct Server {
    child: Child,
    /// A caller without a token.
    pub client: Client,
}

impl Server {
    /// Starts `recoup serve` with these further arguments and waits until it is ready.
    pub async fn start(arguments: &[&str]) -> Self {
        let listen = free_address();
        let all = [&["serve", "--listen", listen.as_str()], arguments].concat();
        let child = recoup(&all).stdout(Stdio::null()).spawn().expect("the test binary starts again");
        let mut server = Self { child, client: Client::new(format!("http://{listen}")) };
        server.ready().await;
        server
    }

    /// Waits until the server says that it is ready; fails when it ends instead.
    async fn ready(&mut self) {
        for _ in 0..1200 {
            let answer = self.client.send(reqwest::Method::GET, "/readyz", &[], None).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                return;
            }
            let ended = self.child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "the server ended instead of serving: {ended:?}");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        assert!(self.child.try_wait().is_err(), "the server was not ready within 30 seconds");
    }

    /// Memory of the process that lies in the machine's own, in KiB; none where the system does not tell.
    pub fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
    }

    /// `kill -9`: no goodbye, no last write.
    pub fn kill(&mut self) {
        // A server that has just ended by itself cannot be killed any more, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM; gives the exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw)?;
        rustix::process::kill_process(id, rustix::process::Signal::TERM).ok()?;
        self.child.wait().ok()?.code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A listener on a port of its own.
pub fn free_listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

/// An address of this machine nobody listens on.
fn free_address() -> String {
    free_listener().local_addr().expect("a bound listener has an address").to_string()
}

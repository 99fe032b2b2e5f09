//! The program as a process of its own: this very test binary, started again, becomes `recoup`. So no test needs the path of a build.

use crate::client::Client;
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// The variable that turns the test binary into `recoup`; its value is the command line, one argument per line.
pub const AS: &str = "RECOUP_TEST_AS";

/// The command line this process was started with to be `recoup`, if it was.
pub fn become_whom() -> Option<Vec<String>> {
    let line = std::env::var_os(AS)?.into_string().ok()?;
    Some(line.lines().map(str::to_owned).collect())
}

/// `recoup` with these arguments, not started yet. `entry` is the hidden test that calls the program when [`AS`] is set.
pub fn recoup(entry: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a process has a program"));
    command.args(["--exact", entry, "--nocapture", "--test-threads=1"]).env(AS, arguments.join("\n")).stdin(Stdio::null());
    command
}

/// Runs `recoup` to its end.
pub fn run(entry: &str, arguments: &[&str]) -> Output {
    recoup(entry, arguments).output().expect("the test binary starts again")
}

/// A server process that dies with this value.
pub struct Server {
    child: Child,
    /// A caller without a token.
    pub client: Client,
}

impl Server {
    /// Starts `recoup serve` with these further arguments and waits until it is ready.
    pub async fn start(entry: &str, arguments: &[&str]) -> Self {
        let listen = free_address();
        let all = [&["serve", "--listen", listen.as_str()], arguments].concat();
        let child = recoup(entry, &all).stdout(Stdio::null()).spawn().expect("the test binary starts again");
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

/// An address of this machine nobody listens on.
fn free_address() -> String {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a free port");
    probe.local_addr().expect("a bound listener has an address").to_string()
}

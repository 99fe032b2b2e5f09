//! A version that does damage, or keeps failing, is switched off for every process, by nobody's hand.

use super::PluginMode;
use super::rows::plugin_activation;
use super::switch::{Next, current, put_in_force};
use super::view::ActivationView;
use crate::approval::Persons;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::Read;
use crate::engine::Engine;
use crate::words::asked::{Alarm, Asked};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::AccountId;

/// Switches a version off that an alarm was raised about; not another one that has taken its place since.
struct SwitchOff {
    alarm: Alarm,
}

impl Command for SwitchOff {
    type Facts = Option<plugin_activation::Model>;
    type Done = ActivationView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        current(read, &self.alarm.plugin).await
    }

    fn decide(&self, former: &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<ActivationView>> {
        let of_it = |row: &&plugin_activation::Model| row.mode == PluginMode::On && row.number == self.alarm.version;
        let Some(former) = former.as_ref().filter(of_it) else {
            return Err(Error::new(Code::IllegalState, "the version is not on any more"));
        };
        let next = Next {
            name: &self.alarm.plugin,
            number: former.number,
            mode: PluginMode::Off,
            settings: former.settings.0.clone(),
            segment_settings: former.segment_settings.0.clone(),
            reason: Some(self.alarm.why.clone()),
            kind: "plugin.failed",
            excuse: &[],
            persons: Persons::One,
        };
        let (view, changes) = put_in_force(next, Some(former), attempt);
        Ok(Decided::new(view, changes))
    }
}

impl Engine {
    /// Switches off what this process has raised alarms about, with an event that says why. Gives how many versions went off.
    ///
    /// # Errors
    /// When the database does not serve; the alarms that were not dealt with are raised again.
    pub async fn switch_off_failing(&self) -> Result<u64> {
        let mut off = 0;
        let mut alarms = self.plugins.take_alarms().into_iter();
        while let Some((tenant, alarm)) = alarms.next() {
            let (plugin, version, why) = (alarm.plugin.clone(), alarm.version, alarm.why.clone());
            match self.execute(&Caller::engine(tenant), SwitchOff { alarm: alarm.clone() }).await {
                Ok(_) => {
                    off += 1;
                    metrics::counter!("recoup_plugin_switched_off_total", "plugin" => plugin.clone()).increment(1);
                    tracing::error!(plugin, version, why, "a plugin was switched off");
                }
                Err(error) if error.code() == Code::IllegalState => {}
                Err(error) => {
                    self.plugins.raise_alarms(std::iter::once((tenant, alarm)).chain(alarms).collect());
                    return Err(error);
                }
            }
        }
        Ok(off)
    }
}

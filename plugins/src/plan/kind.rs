//! What an effect is called.

use recoup_engine::words::effect::EffectKind;

/// The script's word for an effect, and the permission it needs.
pub(crate) fn word_of(kind: &EffectKind) -> (&'static str, &'static str) {
    match kind {
        EffectKind::Task { .. } => ("task", "task"),
        EffectKind::Alert { .. } => ("alert", "task"),
        EffectKind::Notice { .. } => ("notice", "contact"),
        EffectKind::PlaceHold { .. } => ("place_hold", "hold"),
        EffectKind::ReleaseHold { .. } => ("release_hold", "hold"),
        EffectKind::Pause { .. } => ("pause", "contact"),
        EffectKind::OpenCase => ("open_case", "case"),
        EffectKind::Assign { .. } => ("assign", "case"),
        EffectKind::SetPriority { .. } => ("set_priority", "case"),
        EffectKind::Escalate { .. } => ("escalate", "case"),
        EffectKind::ScheduleStep { .. } => ("schedule_step", "case"),
        EffectKind::Offer { .. } => ("offer", "money"),
        EffectKind::StepTo { .. } => ("step_to", "step"),
        EffectKind::StepWait { .. } => ("step_wait", "step"),
        EffectKind::StepDone => ("step_done", "step"),
        EffectKind::StepData { .. } => ("step_data", "step"),
        EffectKind::RequestApproval { .. } => ("request_approval", ""),
        EffectKind::Handoff { .. } => ("handoff", "legal"),
        EffectKind::Include { .. } => ("include", "legal"),
        EffectKind::Missing { .. } => ("missing", "legal"),
        EffectKind::Grade { .. } => ("grade", "credit"),
        EffectKind::ProposeLimit { .. } => ("propose_limit", "credit"),
        EffectKind::ProposeGrade { .. } => ("propose_grade", "credit"),
        EffectKind::Usable { .. } => ("usable", "credit"),
        EffectKind::Answer { .. } => ("answer", ""),
        EffectKind::Remember { .. } => ("remember", "state"),
        EffectKind::Forget { .. } => ("forget", "state"),
        EffectKind::Variables { .. } => ("variables", "contact"),
        EffectKind::CapRate { .. } => ("cap_rate", "money"),
        EffectKind::Tag { .. } => ("tag", "tag"),
        EffectKind::Untag { .. } => ("untag", "tag"),
        EffectKind::Note { .. } => ("note", ""),
        EffectKind::Metric { .. } => ("metric", ""),
    }
}

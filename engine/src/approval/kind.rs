//! What may wait for a yes.

crate::words! {
    /// What a request for a yes is about: an act of a person that waits, or what a script asks for.
    pub enum ApprovalKind {
        /// A raise of a credit limit above the asker's authority.
        SetLimit = "set_limit",
        /// A security that adds more to a limit than the asker answers for.
        AddSecurity = "add_security",
        /// A limit of a group above the asker's authority.
        PutGroupLimit = "put_group_limit",
        /// Limits that come with imported accounts and are above the asker's authority.
        ImportLimits = "import_limits",
        /// A change of a contract that is in force.
        ChangeContract = "change_contract",
        /// What a customer chose of three proposals, where it gives something away or changes a contract in force.
        ChooseOffer = "choose_offer",
        /// Letting more of a held order ship than the asker answers for.
        ReleaseOrder = "release_order",
        /// Lifting a hold on an account that owes more than the asker answers for.
        ReleaseHold = "release_hold",
        /// Stopping supply of an account or an order.
        StopSupply = "stop_supply",
        /// Lifting a stop of supply of an account that owes more than the asker answers for.
        ResumeSupply = "resume_supply",
        /// Switching a plugin on.
        ActivatePlugin = "activate_plugin",
        /// Settings of a plugin.
        ConfigurePlugin = "configure_plugin",
        /// Going back to a version of a plugin that was on long ago.
        RollBackPlugin = "roll_back_plugin",
        /// Putting a version of the collections policy in force.
        ActivatePolicy = "activate_policy",
        /// A calendar of working days.
        PutCalendar = "put_calendar",
        /// A grade table: what a score earns.
        PutGradeTable = "put_grade_table",
        /// A script holds an order until somebody says yes.
        OrderRelease = "order_release",
        /// A custom step of a case waits. It lives by the days of the runs, which may lie in the past; all others live by today.
        Step = "step",
    }
}
crate::text_column!(ApprovalKind);

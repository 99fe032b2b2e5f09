//! Jobs in the company: who is asked for a yes, and how much each may answer for alone.

crate::words! {
    /// A job in the company; a person may have several.
    pub enum Role {
        /// Reads, and changes nothing.
        Viewer = "viewer",
        /// Works the cases.
        Collector = "collector",
        /// Limits, holds and orders, within authority.
        CreditOfficer = "credit_officer",
        /// Approves what officers and cashiers ask for.
        CreditManager = "credit_manager",
        /// Books money.
        Cashier = "cashier",
        /// Works the cases that went to law.
        Legal = "legal",
        /// Reads everything, the audit included.
        Auditor = "auditor",
        /// The ERP or another program.
        Integrator = "integrator",
        /// Writes scripts.
        PluginAuthor = "plugin_author",
        /// Puts scripts to work.
        PluginApprover = "plugin_approver",
        /// Sets up the tenant.
        Admin = "admin",
    }
}

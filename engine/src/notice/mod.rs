//! Notices: messages to the customer, as rows. When one is due is the collection slice's business.

pub mod rows;

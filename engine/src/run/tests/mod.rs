mod acts;
mod asked;
mod bed;
mod history;
mod rules_of_runs;

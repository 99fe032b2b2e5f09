//! The shipped packages are embedded, so a change in them builds the crate anew.

fn main() {
    println!("cargo::rerun-if-changed=../scripts");
    println!("cargo::rerun-if-changed=skeleton");
}

//! The invariants themselves: a ledger with something in it is whole, and every way of breaking it by hand is seen.

use tests::inspect::sql;
use tests::invariants::broken;
use tests::ledger::fill;
use tests::on_both;
use tests::world::World;

on_both! {
    async fn every_way_of_breaking_the_ledger_is_seen(world: World) {
        let world = World::open(world.on).await.unwrap();
        fill(&world).await;
        assert_eq!(broken(&world.database_url).await, Vec::<String>::new());
        let first_entry = if world.database_url.starts_with("sqlite") { "MIN(id)" } else { "MIN(id::text)::uuid" };
        let breaks = [
            ("UPDATE invoice SET total_minor = total_minor + 1 WHERE external_id = 'I1'", "an invoice is the sum"),
            ("UPDATE due_sum SET open_minor = open_minor + 1", "the kept sum of a due date"),
            ("UPDATE account SET open_count = open_count + 1", "an account knows"),
            ("DELETE FROM outbox WHERE id = (SELECT FIRST FROM outbox)", "has its outbox line"),
            ("UPDATE balance SET open_minor = open_minor + 1", "the kept balance is the sum"),
            ("UPDATE balance SET orders_minor = orders_minor + 1", "the kept balance of orders"),
            ("UPDATE balance SET shipped_minor = shipped_minor + 1", "the kept balance of what has shipped"),
            ("DELETE FROM reservation", "what orders reserve is the sum of its dated"),
            ("UPDATE sales_order SET reserved_minor = reserved_minor + 1", "an order reserves what may ship"),
            ("UPDATE sales_order SET invoiced_minor = invoiced_minor + 1", "an order's figures are those"),
            ("UPDATE instalment SET open_minor = open_minor - 1 WHERE invoice_external_id = 'I2'", "an instalment is open by"),
            ("UPDATE allocation SET amount_minor = amount_minor + 1", "a payment is what"),
            ("DELETE FROM balance", "what is owed has a balance"),
            ("UPDATE account SET version = 0", "is ahead of its account"),
        ];
        let mut before = Vec::new();
        for (statement, wanted) in breaks {
            sql(&world.database_url, &statement.replace("FIRST", first_entry)).await.unwrap();
            let found = broken(&world.database_url).await;
            let has = |lines: &[String]| lines.iter().any(|line| line.contains(wanted));
            assert!(!has(&before) && has(&found), "{statement}: {found:#?}");
            before = found;
        }
    }
}

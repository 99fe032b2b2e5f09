//! How probable it is that something is paid late: the account's own share, drawn toward everybody's where little is known of it.

/// How many instalments of everybody's the account's own are mixed with (our own figure).
const WEIGHT: i128 = 10;

/// The probability in basis points, half-up, from what was settled late and settled at all: of the account, and of all accounts. Where
/// nothing was settled at all nothing is known, and it is one half.
pub fn late_probability_bps(own: (i64, i64), all: (i64, i64)) -> i64 {
    let [(own_late, own_settled), (all_late, all_settled)] =
        [own, all].map(|(late, settled)| (i128::from(late.max(0)), i128::from(settled.max(0))));
    let (late, settled) = if all_settled == 0 { (1, 2) } else { (all_late, all_settled) };
    let over = own_late * settled + WEIGHT * late;
    let under = (own_settled + WEIGHT) * settled;
    i64::try_from((over * 20_000 + under).div_euclid(under * 2)).unwrap_or(10_000).clamp(0, 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ew_10_a_stranger_is_like_everybody_and_a_habit_tells() {
        for (own, all, expected) in [
            ((0, 0), (0, 0), 5_000),
            ((0, 0), (20, 100), 2_000),
            ((0, 10), (20, 100), 1_000),
            ((10, 10), (20, 100), 6_000),
            ((90, 90), (95, 100), 9_950),
            ((1, 1), (1, 3), 3_939),
            ((0, 1), (0, 1), 0),
            ((5, 5), (5, 5), 10_000),
        ] {
            assert_eq!(late_probability_bps(own, all), expected, "{own:?} of {all:?}");
        }
    }
}

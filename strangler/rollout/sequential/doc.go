// Package sequential is the mathematics of a rollout: tests that stay valid
// although they are looked at all the time.
//
// # E-processes
//
// An e-process E_t of a hypothesis H0 is non-negative, starts at 1, and is
// expected to stay at or below 1 at every stopping time while H0 holds. Ville's
// inequality (J. Ville, Étude critique de la notion de collectif, 1939) turns that
// into P(there is a t with E_t ≥ 1/α) ≤ α: one may look after every request, stop
// on a good day and go on after a bad one, and the chance of ever deciding wrongly
// is still at most α. Survey: Ramdas, Grünwald, Vovk, Shafer, Game-theoretic
// statistics and safe anytime-valid inference, Statistical Science 38 (2023).
//
// # One building block
//
// Everything here is one product. A trial succeeds with probability at most p0
// under H0; an alternative multiplies its odds by r > 1. After k successes in n
// trials the likelihood ratio is
//
//	L_r(k, n, p0) = r^k / (1 + (r−1) p0)^n
//
// Each factor has mean (1 + (r−1) p) / (1 + (r−1) p0) ≤ 1 whenever p ≤ p0, also
// if p changes from trial to trial and depends on the past: no independence is
// assumed, only that H0 holds for each trial given what came before. With r < 1
// the same holds for p ≥ p0. An average over many r (a [Grid]) is again an
// e-process, and does not need to know how bad things are.
//
// # The rate ratio
//
// A proxy knows the probability w with which it assigns a user to the new side.
// Given that a failure happened, and that the new side fails θ times as often as
// the old one, it happened on the new side with probability
//
//	p(θ) = w θ / (w θ + 1 − w)
//
// Common causes (an outage of both, the time of day, the load) cancel. [Ratio]
// tests θ from two integers a step: the failures, and those on the new side. For
// a fixed w this is the multinomial test of Lindon and Malek, Anytime-valid
// inference for multinomial count data, NeurIPS 2022. The failures must be the
// first of their unit (user): a sticky user who fails again and again is one fact.
//
// # Absolute rates
//
// [Rate] bounds the probability of failure of one side alone.
//
// # Changes
//
// A service that was good for a month and is broken since a minute has a good
// average. [Ratio.Restarted] starts a fresh process at every block of observations and
// averages them with weights that sum to 1, so it is one e-process with the same
// guarantee; compare Shin, Ramdas, Rinaldo, E-detectors: a nonparametric framework
// for sequential change detection, New England Journal of Statistics in Data
// Science (2023).
//
// All values are natural logarithms; nothing overflows, and no function returns NaN
// for counts that satisfy 0 ≤ k ≤ n.
package sequential

// Package rollout decides how much of a route's traffic goes to the new side.
//
// The proxy tells a [Controller] every answer and every shadow comparison
// ([Recorder]) and asks it for the share in force ([Weights]). The controller looks
// at the evidence every second, and at once when a user meets a first failure of the
// new side; it advances or rolls back, and keeps a record of each decision with its
// figures. All decisions come from one pure function of counts, policy and time, so
// that anybody can compute them again from an evidence file ([Evidence.Recompute]).
//
// # What is counted
//
// Requests and failures by route, arm and share in force. A failure is a connect
// error, a timeout or a status of 500 and more of the assigned arm, also when the
// monolith answered in its place. For comparisons a failure counts once a user (unit),
// step and ten minutes: a sticky user who fails again and again is one fact. Counting
// every failure instead makes a test believe what is only one user (27% false
// rollbacks instead of 2% in a simulation).
//
// Memory per route is bounded: three bitmaps of 8 KB remember which units were seen
// and which failed, by hash. Two units that share a bit are taken for one; both arms
// share the bitmap of failures, so that this favours neither. It is cleared when half
// of it is set, after ten minutes, and with every step.
//
// # Policy
//
// In every mode, at every share above 0%, a route is rolled back when
//
//   - the e-process of "the new side fails at most as often as the monolith" reaches
//     2/α. Outages that hit both sides cancel out;
//   - the e-process of "the new side fails at most at max_error_rate" reaches 2/α,
//     unless the monolith failed above that rate in the same time (then it is no
//     fault of the new side). This one works at 100%, where nothing is left to
//     compare with. It counts failing users against all requests, which can only
//     make it slower, never wrong;
//   - the new side is out of health.
//
// Both e-processes are averages over every possible starting block
// (sequential.Restarted): a month of good answers does not hide a build that is broken
// since a minute. With max_error_rate 1% a build that always fails is gone after
// some 5 failing users.
//
// In mode auto a route advances to the next step of its policy when all of these hold
// (its gates):
//
//   - time: min_step has passed on this step;
//   - health: the new side is not out of health;
//   - parity, if requests are shadowed: the rate of differing answers is below
//     max_error_rate with probability 1−α;
//   - errors: upper bound of the new side's failure rate on this step × next share ≤
//     max_error_rate: after the advance at most that part of all users could meet a
//     failure of the new side. At 100% this is the plain rule; at 1% it needs only a few
//     answers, so that a small system is not stuck on its first step. All failures
//     count here, repeated ones too: again the careful side;
//   - ratio: the new side is shown to fail less than max_ratio times as often as the
//     monolith. This is asked for once there were enough failures for an equal
//     service to show it; with fewer, or none at all, the bound above decides alone.
//
// A route that was rolled back stays at 0% until a person sets a share; that begins a
// new run with fresh evidence. Pausing holds a route, through shares that are set by hand as
// well, but never keeps it from being rolled back, which ends the pause. An automatic route
// that a person sets to 0% is paused until a person sets another share.
//
// # Guarantees
//
// Per run of a route, whenever and however often one looks: a new side that fails no more
// than the monolith and no more than max_error_rate is rolled back for its failures
// with probability at most α. A new side that is max_ratio times as bad or worse passes
// the ratio gate on its figures with probability at most α, each bound of a rate is
// wrong with probability at most α. Formulas and sources are in package sequential.
//
// # Limits
//
// Users who are alike on both sides are assumed to fail independently of their
// bucket; the hash sees to that unless the cohort's key itself goes with failing. A
// user's failures on several steps are counted on each. The ratio at shares of 1%
// and below needs many failures: the text of the decision says how long it will take.
// Slow answers that stay below the timeout are shown, not judged.
//
// # Keeping it
//
// State and history are written to a store: decisions at once, counts every ten seconds.
// If the store cannot be written, nothing advances, while rollbacks still come into
// force and are written later. Records of the history are chained by hash
// ([VerifyHistory]).
package rollout

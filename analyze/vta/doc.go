// Package vta tells which functions a dynamic call may reach: variable type analysis
// (Sundaresan et al., Practical Virtual Method Call Resolution for Java, OOPSLA 2000)
// over go/ssa. It finds what golang.org/x/tools/go/callgraph/vta finds that starts from
// class hierarchy analysis, which is its oracle: the tests compare the two call by call.
// What is received from a channel with a flag, as range does, flows here as well.
//
// It is written again for what large modules cost there. That package joins every
// dynamic call with every function of the signature, which is quadratic, keeps each
// node of the flow of types as a boxed key of maps, and resolves all calls. Here
//
//   - calls and functions of one signature, and of one method of an interface, meet in
//     nodes of their own (class): as many edges as calls and functions together;
//   - what can only ever have its own type, as a value of a struct has, is no node: its
//     type is put where it flows to;
//   - sets of types are shared until they differ, and made only where a call that
//     somebody asks for can be reached from.
package vta

/// Compares the messages of a compilation with comments in its sources, for tests:
///
///   x = dens(3)        # expected-error {{unknown name `dens` [DL0201]}}
///   # expected-error@-1 {{...}}   expected-warning@+2 {{...}}   expected-error@* {{a message without a place}}
///   # expected-note@-2 {{text of a note, a fact or a help of a message at that line}}
///
/// The text must occur in "message [code]". Every error and warning needs its comment, every comment its message;
/// notes may go unmentioned.
#pragma once
#include "support/diagnostics.h"

namespace dl {

/// One line for each difference; empty when all agree.
std::string verifyDiagnostics(const Diagnostics &diags);

} // namespace dl

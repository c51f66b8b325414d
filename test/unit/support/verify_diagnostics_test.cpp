#include "support/verify_diagnostics.h"
#include <gtest/gtest.h>

namespace {

using namespace dl;

/// Reports one error at bytes [begin, end) of `text` and compares with the comments in it.
std::string verify(const std::string &text, bool report = true, std::string help = "") {
  SourceManager sources;
  uint32_t file = sources.add("x.dl", text);
  Diagnostics diags(sources);
  if (report) {
    auto &d = diags.report({file, 2, 3}, Diag::CannotReadFile, {"a", "b"});
    if (!help.empty()) d.help(help);
  }
  return verifyDiagnostics(diags);
}

TEST(VerifyDiagnostics, AgreesOnTheSameLine) { EXPECT_EQ(verify("xxxx  # expected-error {{cannot read `a`: b [DL0001]}}\n"), ""); }

TEST(VerifyDiagnostics, CountsLinesFromTheComment) {
  EXPECT_EQ(verify("xxxx\n# expected-error@-1 {{cannot read}}\n"), "");
  EXPECT_EQ(verify("xxxx\n\n# expected-error@1 {{cannot read}}\n"), "");
  EXPECT_NE(verify("xxxx\n\n# expected-error@-1 {{cannot read}}\n"), "");
}

TEST(VerifyDiagnostics, ReportsWhatIsMissingAndWhatIsExtra) {
  EXPECT_EQ(verify("xxxx\n"), "x.dl:1:3: unexpected error: cannot read `a`: b [DL0001]\n");
  EXPECT_EQ(verify("xxxx # expected-error {{cannot}}\n", false), "x.dl:1: expected error did not come: cannot\n");
}

TEST(VerifyDiagnostics, OneCommentServesOneMessage) {
  std::string twice = verify("xxxx # expected-error {{cannot}} # expected-error {{cannot}}\n");
  EXPECT_EQ(twice, "x.dl:1: expected error did not come: cannot\n");
}

TEST(VerifyDiagnostics, SeverityAndTextMatter) {
  EXPECT_NE(verify("xxxx # expected-warning {{cannot read}}\n"), "");
  EXPECT_NE(verify("xxxx # expected-error {{cannot write}}\n"), "");
}

TEST(VerifyDiagnostics, NotesMatchHelps) {
  EXPECT_EQ(verify("xxxx # expected-error {{cannot}} expected-note {{try again}}\n", true, "then try again"), "");
  EXPECT_NE(verify("xxxx # expected-error {{cannot}} expected-note {{give up}}\n", true, "then try again"), "");
}

TEST(VerifyDiagnostics, AnywhereMatchesMessagesWithoutAPlace) {
  SourceManager sources;
  sources.add("x.dl", "# expected-error@* {{cannot read}}\n");
  Diagnostics diags(sources);
  diags.report({}, Diag::CannotReadFile, {"a", "b"});
  EXPECT_EQ(verifyDiagnostics(diags), "");
}

TEST(VerifyDiagnostics, TextMayEndInABrace) {
  SourceManager sources;
  uint32_t file = sources.add("x.dl", "xx # expected-error {{{a}}}\n");
  Diagnostics diags(sources);
  diags.report({file, 0, 1}, Diag::CannotReadFile, {"{a}", "b"});
  EXPECT_EQ(verifyDiagnostics(diags), "");
}

} // namespace

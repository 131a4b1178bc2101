#include "indexer/comments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace fanin::indexer {
namespace {

// The documentation of the first "X" in a text.
std::string DocOfX(std::string_view text, bool trailing = true) {
  const LineIndex lines(text);
  const Comments comments(text, lines);
  const auto at = static_cast<uint32_t>(text.find('X'));
  return comments.DocOf(lines.SpanOf(at, at + 1), trailing);
}

std::string LicenseOf(std::string_view text) {
  const LineIndex lines(text);
  return std::string(Comments(text, lines).License());
}

TEST(Comments, MarkersAndRulersAreStripped) {
  EXPECT_EQ(DocOfX("// one\n/// two\n//! three\nX"), "one\ntwo\nthree");
  EXPECT_EQ(DocOfX("/* one\n * two\n */\nX"), "one\ntwo");
  EXPECT_EQ(DocOfX("/** one */\nX"), "one");
  EXPECT_EQ(DocOfX("//////////\n// Decoder //\n//--------\nX"), "Decoder //");
  EXPECT_EQ(DocOfX("//---\nX"), "");
}

TEST(Comments, OnlyTheRunDirectlyAboveDocuments) {
  EXPECT_EQ(DocOfX("// far\n\n// near\nX"), "near");
  EXPECT_EQ(DocOfX("// far\n\nX"), "");
  EXPECT_EQ(DocOfX("a; // of a\nX"), "") << "a comment beside code documents that code";
  EXPECT_EQ(DocOfX("// of a\na, X"), "");
}

TEST(Comments, AParagraphBreakIsKept) { EXPECT_EQ(DocOfX("// one\n//\n// two\nX"), "one\n\ntwo"); }

TEST(Comments, ACommentOnTheLineIsPreferred) {
  EXPECT_EQ(DocOfX("// group\nX, // mine"), "mine");
  EXPECT_EQ(DocOfX("X; /* mine */"), "mine");
  EXPECT_EQ(DocOfX("X, Y // both"), "");
  EXPECT_EQ(DocOfX("// above\nX // beside", false), "above");
}

TEST(Comments, StringsAndMacrosHoldNoComments) {
  const std::string_view text = "a = \"// no /* no\"; `define X(a) `\"a`\" // yes\n\\esc//aped b; // also\n";
  const LineIndex lines(text);
  const Comments comments(text, lines);
  ASSERT_EQ(comments.comments().size(), 2U);
  EXPECT_EQ(comments.comments()[0].begin, text.find("// yes"));
  ASSERT_EQ(comments.backtick_words().size(), 1U);
  EXPECT_EQ(comments.backtick_words()[0].begin, text.find("`define"));
}

TEST(Comments, UnterminatedCommentsAndStringsEndWithTheText) {
  for (const std::string_view text : {"/* open", "\"open", "// last", "`", "\\", "/", "\"\\"}) {
    const LineIndex lines(text);
    const Comments comments(text, lines);
    for (const Comment& comment : comments.comments()) EXPECT_LE(comment.end, text.size());
  }
}

TEST(Comments, LicenceParagraphsDocumentNothing) {
  EXPECT_EQ(
      DocOfX("// Copyright 2020 Somebody.\n// Licensed under the X11 License,\n// see LICENSE.\n//\n// A thing.\nX",
             false),
      "");
  EXPECT_EQ(DocOfX("// (c) Copyright\n// A thing.\nX"), "A thing.");
}

TEST(Comments, HeaderDocIsWhatStandsBeforeTheCode) {
  const std::string_view text = "// Copyright me\n// About the file.\n`timescale 1ns/1ps\n// More.\nmodule x; // not\n";
  const LineIndex lines(text);
  EXPECT_EQ(Comments(text, lines).HeaderDoc(), "About the file.\n\nMore.");
}

TEST(Comments, LongDocumentationIsCutAtACharacter) {
  std::string text = "// ";
  for (int i = 0; i < 2000; ++i) text += "\xc3\xa4";
  text += "\nX";
  const std::string doc = DocOfX(text);
  EXPECT_LE(doc.size(), Comments::kMaxDocBytes);
  EXPECT_TRUE(doc.ends_with("\xa4..."));
}

TEST(Comments, LicencesAreKnownByTagOrWording) {
  EXPECT_EQ(LicenseOf("// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1\nmodule"), "Apache-2.0 WITH SHL-2.1");
  EXPECT_EQ(LicenseOf("/* SPDX-License-Identifier: ISC */"), "ISC");
  EXPECT_EQ(LicenseOf("// Licensed under the Apache\n// License, Version 2.0, see LICENSE"), "Apache-2.0");
  EXPECT_EQ(LicenseOf("// Solderpad Hardware License, Version 0.51 (the \"License\")"), "SHL-0.51");
  EXPECT_EQ(LicenseOf("/*\n * Permission is hereby granted,\n * free of charge, to any\n */"), "MIT");
  EXPECT_EQ(LicenseOf("// Redistribution and use in source and binary forms, with or without"), "BSD-2-Clause");
  EXPECT_EQ(LicenseOf("// Redistribution and use in source and binary forms\n// Neither the name of"), "BSD-3-Clause");
  EXPECT_EQ(LicenseOf("// the GNU Lesser General Public License ... version 2.1 ... any later version"),
            "LGPL-2.1-or-later");
  EXPECT_EQ(LicenseOf("// the GNU General Public License version 3"), "GPL-3.0-only");
  EXPECT_EQ(LicenseOf("// nothing of the kind"), "");
  EXPECT_EQ(LicenseOf("module m; // SPDX-License-Identifier: MIT"), "") << "only the header speaks for the file";
}

}  // namespace
}  // namespace fanin::indexer

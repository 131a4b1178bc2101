#include "retriever/query_eval.h"

#include <algorithm>
#include <chrono>

#include "retriever/query_terms.h"
#include "retriever/ranking_weights.h"
#include "retriever/span_finder.h"

namespace fanin::retriever {
namespace {

using graph::NodeKind;

// What it costs to evaluate, for the order within an And.
int CostOf(const Query& query) {
  if (query.As<Regex>()) return 5;
  if (query.As<Phrase>()) return 4;
  if (const auto* negation = query.As<Not>()) return CostOf(*negation->child);
  if (const auto* atom = query.As<Atom>()) return atom->value.type == Pattern::Type::kLiteral ? 0 : 2;
  if (query.As<Word>()) return 1;
  int cost = 0;
  const auto* conjunction = query.As<And>();
  const auto* disjunction = query.As<Or>();
  if (conjunction != nullptr || disjunction != nullptr) {
    for (const QueryPtr& child : conjunction != nullptr ? conjunction->children : disjunction->children) {
      cost = std::max(cost, CostOf(*child));
    }
  }
  return cost;
}

std::optional<StructureField> FieldOf(Key key) {
  switch (key) {
    case Key::kIn: return StructureField::kIn;
    case Key::kModule: return StructureField::kModule;
    case Key::kDrives: return StructureField::kDrives;
    case Key::kReads: return StructureField::kReads;
    case Key::kClock: return StructureField::kClock;
    case Key::kReset: return StructureField::kReset;
    case Key::kInstantiates: return StructureField::kInstantiates;
    case Key::kInstanceOf: return StructureField::kInstanceOf;
    default: return std::nullopt;
  }
}

// Share of a name that the written part of a pattern is.
float Closeness(const Pattern& pattern, std::string_view name) {
  if (pattern.type == Pattern::Type::kLiteral) return 1;
  const auto written = std::ranges::count_if(pattern.text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return std::min(1.0F, static_cast<float>(written) / static_cast<float>(std::max<size_t>(name.size(), 1)));
}

class Evaluator {
 public:
  Evaluator(const CompiledQuery& compiled, const graph::Snapshot& snapshot, const SegmentPostings& postings,
            Deadline deadline)
      : compiled_(compiled), snapshot_(snapshot), postings_(postings), deadline_(deadline) {}

  base::Result<Evaluation> Run(const QueryPtr& condition) && {
    std::vector<const Query*> certain;
    const QueryPtr simple = Simplify(condition, [&](const Query& leaf) {
      const std::optional<bool> decided = DecideByFiles(leaf);
      if (decided == true) certain.push_back(&leaf);
      return decided;
    });
    ForEachPositiveLeaf(*condition, [&](const Query& leaf) {
      if (std::ranges::find(certain, &leaf) != certain.end()) out_.leaves[&leaf] = postings_.live_documents();
    });
    FANIN_ASSIGN_OR_RETURN(out_.documents, Eval(*simple, postings_.live_documents(), false));
    return std::move(out_);
  }

 private:
  // What holds for all files of the segment, or for none.
  std::optional<bool> DecideByFiles(const Query& leaf) {
    const auto* atom = leaf.As<Atom>();
    if (atom == nullptr) return std::nullopt;
    const CompiledQuery::Leaf& compiled = compiled_.Of(leaf);
    if (atom->key == Key::kRepo) return compiled.pattern->Matches(LowerCase(snapshot_.manifest().repository));
    if (atom->key != Key::kFile && atom->key != Key::kLang) return std::nullopt;
    const Bitmap documents = DocumentsOfFiles(leaf);
    if (documents.isEmpty()) return false;
    if (documents == postings_.live_documents()) return true;
    by_files_[&leaf] = documents;
    return std::nullopt;
  }

  // The documents of `domain` that satisfy the query.
  base::Result<Bitmap> Eval(const Query& query, const Bitmap& domain, bool negated) {
    if (query.As<Everything>()) return domain;
    if (query.As<Nothing>() || domain.isEmpty()) return Bitmap();
    if (const auto* conjunction = query.As<And>()) return EvalAnd(*conjunction, domain, negated);
    if (const auto* disjunction = query.As<Or>()) {
      Bitmap any;
      for (const QueryPtr& child : disjunction->children) {
        FANIN_ASSIGN_OR_RETURN(const Bitmap one, Eval(*child, domain, negated));
        any |= one;
      }
      return any;
    }
    if (const auto* negation = query.As<Not>()) {
      FANIN_ASSIGN_OR_RETURN(const Bitmap excluded, Eval(*negation->child, domain, !negated));
      return domain - excluded;
    }
    FANIN_ASSIGN_OR_RETURN(Bitmap documents, EvalLeaf(query, domain, negated));
    documents &= domain;
    if (!negated) out_.leaves[&query] |= documents;
    return documents;
  }

  base::Result<Bitmap> EvalAnd(const And& conjunction, const Bitmap& domain, bool negated) {
    std::vector<const Query*> children;
    KindSet kinds = name_kinds_;
    for (const QueryPtr& child : conjunction.children) {
      children.push_back(child.get());
      const auto* atom = child->As<Atom>();
      if (atom != nullptr && atom->key == Key::kKind) kinds &= compiled_.Of(*child).kinds;
    }
    std::ranges::stable_sort(children, {}, [](const Query* child) { return CostOf(*child); });
    Bitmap remaining = domain;
    for (const Query* child : children) {
      // Beside kind: atoms a name: atom asks for a node that is both.
      const KindSet outer = std::exchange(name_kinds_, kinds);
      auto documents = Eval(*child, remaining, negated);
      name_kinds_ = outer;
      if (!documents.has_value()) return documents;
      remaining = std::move(*documents);
      if (remaining.isEmpty()) break;
    }
    return remaining;
  }

  base::Result<Bitmap> EvalLeaf(const Query& leaf, const Bitmap& domain, bool negated) {
    const CompiledQuery::Leaf& compiled = compiled_.Of(leaf);
    if (leaf.As<Word>()) return DocumentsWithTerms(compiled.terms);
    const auto* atom = leaf.As<Atom>();
    if (atom == nullptr) return DocumentsWithText(*compiled.text, domain, negated);
    switch (atom->key) {
      case Key::kKind: return DocumentsOfKinds(compiled.kinds);
      case Key::kName: return DocumentsWithName(leaf, *atom, *compiled.pattern, negated);
      case Key::kFile:
      case Key::kLang: return by_files_.at(&leaf);
      case Key::kLicense: return DocumentsOfLicenses(atom->value, *compiled.pattern);
      default: return DocumentsInField(leaf, *FieldOf(atom->key), *compiled.pattern);
    }
  }

  // Documents whose own text has all terms; the names around them do not count.
  base::Result<Bitmap> DocumentsWithTerms(const std::vector<std::string>& terms) {
    FANIN_ASSIGN_OR_RETURN(const auto rows, postings_.GetTokens(terms));
    Bitmap all;
    for (size_t i = 0; i < rows.size(); ++i) {
      Bitmap one;
      if (rows[i].has_value()) {
        FANIN_RETURN_IF_ERROR(
            ForEachPosting(*rows[i], postings_.document_count(), [&](uint32_t document, const FieldCounts& counts) {
              FieldCounts own = counts;
              own[static_cast<size_t>(Field::kScope)] = 0;
              if (own != FieldCounts{}) one.add(document);
            }));
      }
      all = i == 0 ? std::move(one) : all & one;
    }
    return all;
  }

  base::Result<Bitmap> DocumentsOfKinds(const KindSet& kinds) {
    std::vector<std::string> terms;
    for (size_t kind = 0; kind < kinds.size(); ++kind) {
      if (kinds.test(kind)) terms.emplace_back(1, static_cast<char>(kind));
    }
    return postings_.GetDocuments(StructureField::kKind, terms);
  }

  base::Result<Bitmap> DocumentsWithName(const Query& leaf, const Atom& atom, const PatternMatcher& matcher,
                                         bool negated) {
    Bitmap all;
    base::Status status;
    for (size_t i = 0; i < name_kinds_.size(); ++i) {
      if (!name_kinds_.test(i)) continue;
      const std::string kind(1, static_cast<char>(i));
      FANIN_RETURN_IF_ERROR(postings_.ScanTerms(
          StructureField::kName, kind + matcher.prefix(), [&](std::string_view term, std::string_view list) {
            const std::string_view name = term.substr(1);
            // Terms come in order: the first is the literal, or there is none.
            const bool literal = matcher.literal() != nullptr;
            if (!matcher.Matches(name)) return !literal;
            Bitmap named;
            status = postings_.AddDocuments(list, named);
            if (!negated) {
              RateNames(named, NameRank(static_cast<NodeKind>(i)) * Closeness(atom.value, name));
              if (!literal) NoteTerm(leaf, name, list);
            }
            all |= named;
            return status.has_value() && !literal;
          }));
      FANIN_RETURN_IF_ERROR(status);
    }
    return all;
  }

  void RateNames(const Bitmap& documents, float value) {
    out_.name.resize(postings_.document_count());
    for (uint32_t document : documents) out_.name[document] = std::max(out_.name[document], value);
  }

  void NoteTerm(const Query& leaf, std::string_view term, std::string_view list) {
    auto& terms = out_.matched_terms[&leaf];
    if (terms.size() < kMaxMatchedTerms) terms.emplace_back(term, list);
  }

  base::Result<Bitmap> DocumentsInField(const Query& leaf, StructureField field, const PatternMatcher& matcher) {
    if (const std::string* literal = matcher.literal()) {
      return postings_.GetDocuments(field, std::span(literal, 1));
    }
    Bitmap all;
    base::Status status;
    FANIN_RETURN_IF_ERROR(
        postings_.ScanTerms(field, matcher.prefix(), [&](std::string_view term, std::string_view list) {
          if (!matcher.Matches(term)) return true;
          NoteTerm(leaf, term, list);
          status = postings_.AddDocuments(list, all);
          return status.has_value();
        }));
    FANIN_RETURN_IF_ERROR(status);
    return all;
  }

  // Of a file: or lang: atom.
  Bitmap DocumentsOfFiles(const Query& leaf) {
    const CompiledQuery::Leaf& compiled = compiled_.Of(leaf);
    const bool by_path = leaf.As<Atom>()->key == Key::kFile;
    Bitmap documents;
    for (uint32_t file : postings_.live_files()) {
      const std::string& path = snapshot_.file(postings_.RefOfFile(file)).path;
      const bool holds = by_path
                             ? compiled.pattern->Matches(path)
                             : std::ranges::find(compiled.languages, LanguageOfPath(path)) != compiled.languages.end();
      if (holds) AddDocumentsOf(file, documents);
    }
    return documents;
  }

  void AddDocumentsOf(uint32_t file, Bitmap& documents) const {
    const auto [begin, end] = postings_.DocumentsOfFile(file);
    documents.addRange(begin, end);
  }

  base::Result<Bitmap> DocumentsOfLicenses(const Pattern& value, const PatternMatcher& matcher) {
    Bitmap files;
    base::Status status;
    FANIN_RETURN_IF_ERROR(postings_.ScanLicenses([&](std::string_view expression, std::string_view list) {
      if (LicenseMatches(value, matcher, expression)) status = postings_.AddFiles(list, files);
      return status.has_value();
    }));
    FANIN_RETURN_IF_ERROR(status);
    Bitmap documents;
    for (uint32_t file : files) AddDocumentsOf(file, documents);
    return documents;
  }

  base::Result<Bitmap> DocumentsWithText(const TextMatcher& matcher, const Bitmap& domain, bool negated) {
    FANIN_ASSIGN_OR_RETURN(const Bitmap candidates, matcher.MayMatch(postings_));
    Bitmap found;
    for (uint32_t file : candidates) {
      const auto [begin, end] = postings_.DocumentsOfFile(file);
      Bitmap documents;
      documents.addRange(begin, end);
      documents &= domain;
      if (documents.isEmpty()) continue;
      if (deadline_.has_value() && std::chrono::steady_clock::now() > *deadline_) {
        out_.complete = false;
        // What was not looked at is left out of the answer, under a negation too.
        if (negated) found |= documents;
        continue;
      }
      FANIN_ASSIGN_OR_RETURN(const std::string text, snapshot_.GetText(postings_.RefOfFile(file)));
      ++out_.files_verified;
      std::vector<SpanFinder::Range> ranges;
      for (uint32_t document = begin; document < end; ++document) {
        ranges.emplace_back(postings_.document(document).begin_byte, postings_.document(document).end_byte);
      }
      const SpanFinder finder(ranges);
      matcher.FindAll(text, [&, first = begin](TextSpan match) {
        finder.ForEachHolding(match.begin, [&](uint32_t i) {
          found.add(first + i);
          if (!negated) ++out_.occurrences[first + i];
          return true;
        });
        return true;
      });
    }
    return found;
  }

  const CompiledQuery& compiled_;
  const graph::Snapshot& snapshot_;
  const SegmentPostings& postings_;
  Deadline deadline_;
  KindSet name_kinds_ = ~KindSet();          // of the And around a name: atom
  std::map<const Query*, Bitmap> by_files_;  // file: and lang: atoms that files do not decide alike
  Evaluation out_;
};

}  // namespace

CompiledQuery::CompiledQuery(const QueryPtr& query) : query_(query) { Compile(*query); }

void CompiledQuery::Compile(const Query& query) {
  if (const auto* negation = query.As<Not>()) return Compile(*negation->child);
  const auto* conjunction = query.As<And>();
  const auto* disjunction = query.As<Or>();
  if (conjunction != nullptr || disjunction != nullptr) {
    for (const QueryPtr& child : conjunction != nullptr ? conjunction->children : disjunction->children) {
      Compile(*child);
    }
    return;
  }
  Leaf& leaf = leaves_[&query];
  if (const auto* word = query.As<Word>()) leaf.terms = ConditionTerms(word->text);
  if (const auto* phrase = query.As<Phrase>()) leaf.text = TextMatcher::ForPhrase(phrase->text);
  if (const auto* regex = query.As<Regex>()) {
    auto matcher = TextMatcher::ForRegex(regex->pattern);
    FANIN_CHECK(matcher.has_value());
    leaf.text = *std::move(matcher);
  }
  const auto* atom = query.As<Atom>();
  if (atom == nullptr) return;
  auto matcher =
      atom->key == Key::kFile ? PatternMatcher::ForPaths(atom->value) : PatternMatcher::ForTerms(atom->value);
  FANIN_CHECK(matcher.has_value());
  leaf.pattern = *std::move(matcher);
  if (atom->key == Key::kKind) leaf.kinds = KindsOf(atom->value);
  if (atom->key == Key::kLang) leaf.languages = LanguagesOf(atom->value);
}

base::Result<Evaluation> Evaluate(const QueryPtr& condition, const CompiledQuery& compiled,
                                  const graph::Snapshot& snapshot, const SegmentPostings& postings, Deadline deadline) {
  return Evaluator(compiled, snapshot, postings, deadline).Run(condition);
}

}  // namespace fanin::retriever

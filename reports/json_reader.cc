#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/report.h"

namespace detaudit::reports {
namespace {

using Json = nlohmann::json;

constexpr const char* kSchema = "detaudit.report/1";

DiagnosticError unreadable(const std::string& why) {
  return usage_error("DET903", "the stored report cannot be read: " + why,
                     "audit again, or read it with the version of detaudit that wrote it");
}

// One object of the document. Knows its path, so that an error names the member.
class Reader {
 public:
  Reader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
    if (!json_.is_object()) {
      throw unreadable(path_.empty() ? "it is no object" : "`" + path_ + "` is no object");
    }
  }

  Reader object(const char* name) const { return Reader(member(name), child(name)); }
  bool has(const char* name) const { return !member(name).is_null(); }

  std::string text(const char* name) const {
    return expect(name, member(name).is_string(), "text").get<std::string>();
  }
  std::string text_or_empty(const char* name) const { return has(name) ? text(name) : ""; }
  bool flag(const char* name) const {
    return expect(name, member(name).is_boolean(), "true or false").get<bool>();
  }
  double number(const char* name) const { return to_number(member(name), child(name)); }
  std::optional<double> number_or_none(const char* name) const {
    return has(name) ? std::optional(number(name)) : std::nullopt;
  }

  template <typename Integer>
  Integer integer(const char* name) const {
    const Json& value = expect(name, member(name).is_number_integer(), "an integer");
    if (value.is_number_unsigned()) {
      uint64_t read = value.get<uint64_t>();
      expect(name, std::in_range<Integer>(read), "an integer in range");
      return static_cast<Integer>(read);
    }
    int64_t read = value.get<int64_t>();
    expect(name, std::in_range<Integer>(read), "an integer in range");
    return static_cast<Integer>(read);
  }

  // Each element of an array, with its path.
  template <typename T, typename Convert>
  std::vector<T> list(const char* name, Convert convert) const {
    const Json& array = expect(name, member(name).is_array(), "an array");
    std::vector<T> values;
    for (size_t i = 0; i < array.size(); ++i) {
      values.push_back(convert(array[i], child(name) + "[" + std::to_string(i) + "]"));
    }
    return values;
  }
  template <typename T>
  std::vector<T> objects(const char* name, T (*convert)(const Reader&)) const {
    return list<T>(name, [convert](const Json& json, const std::string& path) {
      return convert(Reader(json, path));
    });
  }
  std::vector<std::string> texts(const char* name) const {
    return list<std::string>(name, to_text);
  }
  std::vector<std::string> texts_if_there(const char* name) const {
    return json_.contains(name) ? texts(name) : std::vector<std::string>();
  }
  std::vector<double> numbers(const char* name) const { return list<double>(name, to_number); }
  std::map<std::string, std::string> text_members() const {
    std::map<std::string, std::string> all;
    for (const auto& [name, value] : json_.items()) all[name] = to_text(value, path_ + "." + name);
    return all;
  }

 private:
  static std::string to_text(const Json& json, const std::string& path) {
    if (!json.is_string()) throw unreadable("`" + path + "` is not text");
    return json.get<std::string>();
  }
  static double to_number(const Json& json, const std::string& path) {
    if (json.is_number()) return json.get<double>();
    if (json == "inf") return std::numeric_limits<double>::infinity();
    if (json == "-inf") return -std::numeric_limits<double>::infinity();
    if (json == "nan") return std::numeric_limits<double>::quiet_NaN();
    throw unreadable("`" + path + "` is not a number");
  }

  std::string child(const char* name) const { return path_.empty() ? name : path_ + "." + name; }
  const Json& member(const char* name) const {
    auto found = json_.find(name);
    if (found == json_.end()) throw unreadable("`" + child(name) + "` is missing");
    return *found;
  }
  const Json& expect(const char* name, bool holds, const char* what) const {
    if (!holds) throw unreadable("`" + child(name) + "` is not " + what);
    return member(name);
  }

  const Json& json_;
  std::string path_;
};

ReportRun read_run(const Reader& from) {
  ReportRun run;
  run.index = from.integer<int>("index");
  if (from.has("exit_code")) run.exit_code = from.integer<int>("exit_code");
  if (from.has("signal")) run.signal = from.text("signal");
  run.timed_out = from.flag("timed_out");
  run.events = from.integer<uint64_t>("events");
  run.lossy = from.flag("lossy");
  run.wall_seconds = from.number("wall_seconds");
  run.digest = from.text_or_empty("digest");
  run.conditions = from.text("conditions");
  return run;
}

Severity read_severity(const Reader& from) {
  std::string name = from.text("severity");
  for (Severity severity : {Severity::kNote, Severity::kWarning, Severity::kError}) {
    if (name == severity_name(severity)) return severity;
  }
  throw unreadable("`" + name + "` is no severity");
}

ReportMagnitude read_magnitude(const Reader& from) {
  return {from.integer<uint64_t>("elements"), from.integer<uint64_t>("differing"),
          from.integer<uint64_t>("max_ulp"), from.number("max_abs")};
}

SourceLocation read_location(const Reader& from) {
  unsigned column = from.has("column") ? from.integer<unsigned>("column") : 0;
  return {from.text("file"), from.integer<unsigned>("line"), column, from.text_or_empty("text")};
}

ReportFinding read_finding(const Reader& from) {
  ReportFinding finding;
  finding.id = from.text("id");
  finding.code = from.text("code");
  finding.severity = read_severity(from);
  finding.message = from.text("message");
  finding.cause = from.text("cause");
  finding.proof = from.text("proof");
  finding.kind = from.text("kind");
  finding.op = from.text("op");
  finding.key = from.text("key");
  finding.kernel = from.text_or_empty("kernel");
  finding.lane = from.text("lane");
  finding.step = from.integer<uint64_t>("step");
  finding.event = from.integer<uint64_t>("event");
  finding.origin = from.flag("origin");
  finding.occurrences = from.integer<uint64_t>("occurrences");
  if (from.has("magnitude")) finding.magnitude = read_magnitude(from.object("magnitude"));
  if (from.has("location")) finding.location = read_location(from.object("location"));
  finding.evidence = from.texts("evidence");
  Reader fix = from.object("fix");
  finding.fix = {fix.text("summary"), fix.text_or_empty("replacement"),
                 fix.number_or_none("cost_ratio")};
  return finding;
}

ReportBin read_bin(const Reader& from) {
  return {from.integer<uint64_t>("first_step"), from.integer<uint64_t>("last_step"),
          from.integer<uint64_t>("compared"),   from.integer<uint64_t>("origins"),
          from.integer<uint64_t>("propagated"), from.integer<uint64_t>("missing")};
}

ReportMetric read_metric(const Reader& from) {
  return {from.text("name"), from.numbers("last_values"), from.number("max_abs_difference"),
          from.number_or_none("tolerance"), from.flag("within")};
}

ReportOperation read_operation(const Reader& from) {
  return {from.text("op"),
          from.text("kind"),
          from.integer<uint64_t>("events"),
          from.integer<uint64_t>("origins"),
          from.integer<uint64_t>("propagated"),
          from.integer<uint64_t>("replayed"),
          from.flag("varied")};
}

void read_audit(const Reader& from, Report& report) {
  report.audit_id = from.text("id");
  report.verdict = from.text("verdict");
  report.scope = from.text("scope");
  report.goal = from.text("goal");
  report.title = from.text("title");
  report.subject = from.texts("subject");
  report.started = from.text("started");
  report.reasons = from.texts("reasons");
}

void read_coverage(const Reader& from, Report& report) {
  report.events_compared = from.integer<uint64_t>("events_compared");
  report.lanes = from.integer<uint64_t>("lanes");
  report.unaligned = from.integer<uint64_t>("unaligned");
  report.untested = from.integer<uint64_t>("untested");
  report.propagated = from.integer<uint64_t>("propagated");
  report.unseen = from.texts("unseen");
  report.perturbed = from.texts("perturbed");
  report.unperturbed = from.texts("unperturbed");
  report.gpu = from.texts_if_there("gpu");
}

Json parse_document(const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw unreadable(error.what());
  }
}

}  // namespace

Report parse_json(const std::string& text) {
  Json document = parse_document(text);
  Reader from(document, "");
  if (std::string schema = from.text("schema"); schema != kSchema) {
    throw unreadable("its schema is `" + schema + "`, not `" + kSchema + "`");
  }
  Report report;
  read_audit(from.object("audit"), report);
  report.runs = from.objects("runs", read_run);
  read_coverage(from.object("coverage"), report);
  Reader confidence = from.object("confidence");
  report.comparisons = confidence.integer<unsigned>("comparisons");
  report.divergence_probability_upper_95 = confidence.number("divergence_probability_upper_95");
  report.findings = from.objects("findings", read_finding);
  report.timeline = from.objects("timeline", read_bin);
  report.metrics = from.objects("metrics", read_metric);
  report.operations = from.objects("operations", read_operation);
  report.experiments = from.texts("experiments");
  report.environment = from.object("environment").text_members();
  return report;
}

}  // namespace detaudit::reports

// Code that is handed to a function which holds a lock while it calls it.
#include <functional>
#include <mutex>
#include <thread>
#include <vector>
class Std {
 public:
  void with(const std::function<void(double&)>& f) {
    std::scoped_lock g(m_);
    f(v_);
  }
  void with2(std::function<void(double&)> f) {
    std::scoped_lock g(m_);
    f(v_);
  }
  void with3(std::function<void()> f) {
    std::scoped_lock g(m_);
    f();
  }
  void with4(void (*f)(double&)) {
    std::scoped_lock g(m_);
    f(v_);
  }
 private:
  double v_{};
  std::mutex m_;
};
void l7(Std& total, const std::vector<double>& x) {
  std::vector<std::thread> ts;
  for (double v : x) ts.emplace_back([&total, v] { 
     total.with([v](double& t) {
        t += v;   // expect: DET232
     }); 
  });
}
void l8(Std& total, const std::vector<double>& x) {
  std::vector<std::thread> ts;
  for (double v : x) ts.emplace_back([&total, v] { 
     total.with2([v](double& t) {
        t += v;   // expect: DET232
     }); 
  });
}
void l9(Std& total, const std::vector<double>& x) {
  std::vector<std::thread> ts;
  double t = 0;
  for (double v : x) ts.emplace_back([&total, v, &t] { 
     total.with3([v, &t]() {
        t += v;   // expect: DET232
     }); 
  });
}
void l10(Std& total, const std::vector<double>& x) {
  std::vector<std::thread> ts;
  for (double v : x) ts.emplace_back([&total, v] { 
     total.with4([](double& t) {
        t += 0.1;   // expect: DET232
     }); 
  });
}

define('counter', [], function () {
  return {
    show: function (element) {
      element.title = new Date().toISOString();
    },
  };
});

define('main', ['counter'], function (counter) {
  counter.show(document.querySelector('.release'));
});

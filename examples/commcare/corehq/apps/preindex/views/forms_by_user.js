(function (doc) {
  if (doc.doc_type === 'XFormInstance') emit([doc.domain, doc.user_id], null);
});
